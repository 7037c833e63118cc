import Foundation
import TestSupport
import Testing

@testable import planctl

@Suite("The process that ends programs after planctl", .timeLimit(.minutes(30)))
struct ReaperTests {
  /// A plan whose first phase starts a program that ignores polite signals, with a child of its own.
  static func plan(_ fixture: PlanctlFixture) throws -> String {
    let script = """
      trap '' TERM HUP INT
      sleep 86400 & echo $! >>'\(fixture.folder)/pids'; echo $$ >>'\(fixture.folder)/pids'; wait
      sleep 86400
      """
    let quoted = String(
      decoding: try JSONEncoder().encode(["sh", "-c", script]), as: UTF8.self)
    return try fixture.file(
      "plan.json",
      """
      {"actions": [{"name": "test", "description": "test", "definitionOfDone": "done",
        "strategyActor": "a", "executionActor": "a"}], "programs": {"a": {"command": \(quoted)}}}
      """)
  }

  // Fails without the reaper: the programs go on after planctl was killed.
  @Test(
    "leaves no program, however planctl was ended",
    arguments: [(SIGKILL, SIGKILL), (SIGHUP, SIGKILL), (SIGINT, SIGINT), (SIGQUIT, SIGTERM)])
  func ends(first: Int32, second: Int32) async throws {
    let fixture = try PlanctlFixture()
    let path = try Self.plan(fixture)
    let started = try fixture.start("run", path)
    try await fixture.wait(for: 2, in: "pids")
    let pids = fixture.lines(of: "pids").compactMap { Int32($0) }
    #expect(pids.allSatisfy(isRunning))
    kill(started.process.processIdentifier, first)
    try await waitUntil("the programs to end") {
      // Again and again: two signals at once are one.
      if started.process.isRunning { kill(started.process.processIdentifier, second) }
      return !pids.contains(where: isRunning)
    }
  }

  @Test("refuses a second planctl in the work folder until the programs of the first have ended")
  func folder() throws {
    let fixture = try PlanctlFixture()
    let folders = WorkFolders(base: "\(fixture.folder)/work")
    let root = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    var lock = try folders.lock(root: root)
    #expect(lock != nil)
    #expect(try folders.lock(root: root) == nil)
    var reaper: Reaper? = try Reaper(holding: lock)
    #expect(reaper != nil)
    lock = nil
    #expect(try folders.lock(root: root) == nil)
    reaper = nil
    #expect(try folders.lock(root: root) != nil)
  }

  @Test("keeps programs from being started once it was ended itself")
  func killed() async throws {
    let reaper = try Reaper()
    reaper.kill()
    let ending = await ProgramRunner(reaper: reaper).run(.script("exit 0"))
    #expect(ending.startError?.description.contains("planctl-reaper") == true)
  }
}
