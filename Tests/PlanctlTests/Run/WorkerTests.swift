import Foundation
import Planwright
import PlanwrightTesting
import TestSupport
import Testing

@testable import planctl

@Suite("planctl worker", .timeLimit(.minutes(30)))
struct WorkerTests {
  /// A plan file whose phases are written into a log, with the plan's key.
  private func plan(
    _ fixture: PlanctlFixture, _ more: String = "", keys: String = ""
  ) throws -> String {
    try fixture.plan(
      "echo $PLANWRIGHT_PHASE $PLANWRIGHT_ARG_KEY >>'\(fixture.folder)/log'\n" + more, keys: keys)
  }

  @Test("carries out the plans of its actors until none is ready, and prints each event")
  func untilIdle() async throws {
    let fixture = try PlanctlFixture()
    let path = try plan(fixture)
    #expect(await fixture.planctl("worker", "--actors", path, "--until-idle") == 3)
    #expect(await fixture.planctl("action", "create", path) == 0)
    for key in ["x", "y"] {
      #expect(await fixture.planctl("use", "local/test", "--arg", "key=\(key)") == 0)
    }
    #expect(
      await fixture.planctl("use", "local/test", "--not-before", "2999-01-31T08:00:00Z") == 0)
    let (status, text) = await fixture.output("worker", "--actors", path, "--until-idle", "--json")
    #expect(status == 0)
    let lines = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(lines.filter { $0["event"] == "started" }.count == 6)
    #expect(lines.filter { $0["event"] == "reported" }.count == 6)
    #expect(lines.last?["data"]?["attempts"] == 6 && lines.last?["exitCode"] == 0)
    #expect(fixture.lines(of: "log").count == 6)
    #expect(try fixture.workFolders.isEmpty)
  }

  @Test("waits for the next attempt of a plan that failed")
  func retries() async throws {
    let fixture = try PlanctlFixture()
    let path = try plan(
      fixture, "test $PLANWRIGHT_ATTEMPT -ge 2 || exit 75",
      keys: #", "retry": {"attempts": 2, "baseSeconds": 1, "capSeconds": 1}"#)
    #expect(await fixture.planctl("action", "create", path) == 0)
    #expect(await fixture.planctl("use", "local/test") == 0)
    let (status, text) = await fixture.output("worker", "--actors", path, "--until-idle")
    #expect(status == 0 && text.contains("6 attempts, 3 failed"), "\(text)")
    #expect(try await fixture.plans().map(\.status) == [.applyApplied])
  }

  @Test("takes over from one that was killed, and several share the plans of one tree")
  func takeover() async throws {
    let fixture = try PlanctlFixture()
    let script = """
      case $PLANWRIGHT_PHASE$PLANWRIGHT_ARG_KEY$PLANWRIGHT_CHILDREN_TOTAL in
        executeroot0) echo '{"children": [
          {"action": "test", "arguments": {"key": "a"}}, {"action": "test", "arguments": {"key": "b"}},
          {"action": "test", "arguments": {"key": "c"}}, {"action": "test", "arguments": {"key": "d"}}]}' ;;
        executeroot*) ;;
        execute*) until [ -e '\(fixture.folder)/go' ]; do sleep 0.05; done ;;
      esac
      """
    let path = try plan(
      fixture, script,
      keys: #", "readOnly": true, "retry": {"attempts": 3, "baseSeconds": 0, "capSeconds": 0}"#)
    #expect(await fixture.planctl("action", "create", path) == 0)
    #expect(await fixture.planctl("use", "local/test") == 0)
    let words = ["worker", "--actors", path, "--concurrency", "2"]
    let first = try fixture.start(words: words)
    let second = try fixture.start(words: words)
    // Two of the children run in each: the programs of both are in the folder of the tree.
    try await waitUntil("four children to run") {
      fixture.lines(of: "log").filter { $0.hasPrefix("execute") && $0 != "execute root" }.count == 4
    }
    kill(first.process.processIdentifier, SIGKILL)
    _ = try fixture.file("go", "")
    try await waitUntil("the plan to end") {
      try await fixture.plans().first?.hasSucceeded == true
    }
    kill(second.process.processIdentifier, SIGTERM)
    #expect(await second.ending.status == 143)
    #expect(try await fixture.plans().allSatisfy(\.hasSucceeded))
    // What the killed one ran was repeated, and nothing else.
    let children = fixture.lines(of: "log").filter {
      $0 != "execute root" && $0.hasPrefix("execute")
    }
    #expect(children.count == 6 && Set(children).count == 4, "\(children)")
    #expect(try fixture.workFolders.isEmpty)
  }

  @Test("leaves the tree of a run to it, and ends its programs in good order on Ctrl-C")
  func run() async throws {
    let fixture = try PlanctlFixture()
    let path = try ContinueTests.plan(fixture)
    let run = try fixture.start("run", path, "--concurrency", "1")
    try await fixture.wait(for: 4, in: "log")
    // The fourth child is ready by now, and its actor is served; the run holds the work folder.
    let idle = await fixture.output("worker", "--actors", path, "--until-idle")
    #expect(idle.status == 0 && idle.text.contains("0 attempts"), "\(idle.text)")
    let worker = try fixture.start("worker", "--actors", path)
    #expect(await fixture.planctl("use", "local/test", "--arg", "key=c") == 0)
    try await fixture.wait(for: 5, in: "log")
    kill(worker.process.processIdentifier, SIGINT)
    _ = try fixture.file("go", "")
    #expect(await worker.ending.status == 130)
    let said = String(
      decoding: worker.errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(
      said.contains("interrupted: waiting for the programs of 'local/test' to end"), "\(said)")
    #expect(await run.ending.status == 0)
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "c", "d", "root"])
  }

  @Test(
    "removes what ended longer ago than --keep with its folders, by default after 30 days",
    arguments: [[], ["--keep", "12h"]])
  func retention(words: [String]) async throws {
    let fixture = try PlanctlFixture()
    let path = try plan(fixture)
    #expect(await fixture.planctl("action", "create", path) == 0)
    let old = try ended(31 * 86_400, ago: fixture)
    let recent = try ended(86_400, ago: fixture)
    let removed = words.isEmpty ? [old] : [old, recent]
    let folders = WorkFolders(ofStoreAt: fixture.dataDirectory + "/plans.db")
    for id in [old, recent] { _ = try folders.folder(root: id.description) }
    let worker = try fixture.start(words: ["worker", "--actors", path] + words)
    try await waitUntil("the folders to be removed") {
      try fixture.workFolders.count == 2 - removed.count
    }
    kill(worker.process.processIdentifier, SIGTERM)
    #expect(await worker.ending.status == 143)
    #expect(try await fixture.plans().map(\.id) == [old, recent].filter { !removed.contains($0) })
  }

  @Test("keeps everything in a store that is named")
  func keepsAll() async throws {
    let fixture = try PlanctlFixture()
    let path = try plan(fixture)
    #expect(await fixture.planctl("action", "create", path) == 0)
    let old = try ended(31 * 86_400, ago: fixture)
    let store = "sqlite:\(fixture.dataDirectory)/plans.db"
    #expect(await fixture.planctl("use", "local/test", "--store", store) == 0)
    // Nothing is ready after the last step of the plan, and a worker would have purged before it.
    let (status, text) = await fixture.output(
      "worker", "--actors", path, "--store", store, "--until-idle")
    #expect(status == 0 && text.contains("3 attempts"), "\(text)")
    #expect(try await fixture.plans().first?.id == old)
  }

  /// A plan in the user's store that was cancelled by a clock that is this many seconds late.
  private func ended(_ seconds: Int64, ago fixture: PlanctlFixture) throws -> Plan.ID {
    let now = Timestamp(date: Date()).adding(.seconds(-seconds))
    let system = try PlanSystem.open(
      .sqlite(at: fixture.dataDirectory + "/plans.db"),
      environment: PlanEnvironment(
        time: ManualTime(now), ids: ULIDGenerator(randomness: SystemRandomNumberGenerator()),
        jitter: { 0 }))
    let id = try system.plans.writeBlocking { transaction in
      let id = try transaction.use("local/test").id
      try transaction.cancel(id, reason: "x")
      return id
    }
    try system.close()
    return id
  }

  @Test("says what is wrong with its words")
  func usage() async throws {
    let fixture = try PlanctlFixture()
    let path = try plan(fixture)
    for (words, status, sentence) in [
      ([], 2, "missing --actors FILE"),
      (["--actors", path, "--accept", "x"], 2, "expected NAME=VALUE"),
      (["--actors", path, "--accept", "a@0=b"], 2, "an actor of the file (a) or a path"),
      (["--actors", path, "--concurrency", "0"], 2, "from 1 to 256"),
      (["--actors", path, "--keep", "soon"], 2, "expected an age as in 30d"),
      (["--actors", "/none"], 3, "/none: the file does not exist"),
    ] as [([String], Int32, String)] {
      let text = PlanctlOutput()
      #expect(
        await PlanctlCommand.run(["worker"] + words, text.console, environment: [:]) == status)
      #expect(text.all.contains(sentence), "\(text.all)")
    }
  }
}
