import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("Runs of planctl in the user's store", .timeLimit(.minutes(30)))
struct SharedStoreTests {
  /// A script that writes its phases into a log and returns the phase.
  private func script(_ fixture: PlanctlFixture) -> String {
    """
    echo "$PLANWRIGHT_PHASE" >>'\(fixture.folder)/log'
    printf '{"result": "%s"}' "$PLANWRIGHT_PHASE"
    """
  }

  /// Carries a command line out whose standard output is a full disk.
  private func withFullOutput(
    _ fixture: PlanctlFixture, _ words: String...
  ) async -> (status: Int32, error: String) {
    let text = PlanctlOutput()
    let console = Console(
      output: { _ in throw CocoaError(.fileWriteOutOfSpace) }, error: text.console.error)
    let status = await PlanctlCommand.run(words, console, environment: fixture.environment)
    return (status, text.all)
  }

  @Test("keep the result when it cannot be printed, and print it when the command is repeated")
  func unprinted() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(script(fixture))
    for _ in 0..<2 {
      let (status, error) = await withFullOutput(fixture, "run", path)
      #expect(status == 1 && error.contains("writing the result to standard output failed"))
    }
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.output == "\"apply\"\n")
    #expect(fixture.error.contains("its result was not printed yet"))
    // Nothing was done twice, and nothing is left beside the store.
    #expect(fixture.lines(of: "log") == ["strategize", "execute", "apply"])
    #expect(try await fixture.plans().count == 1)
    #expect(try fixture.workFolders.isEmpty)
    let id = try #require(try await fixture.plans().first?.id)
    #expect(await fixture.output("result", "\(id)").text == "\"apply\"\n")
  }

  @Test("begin another plan once the result of the latest was printed, and with --new")
  func another() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(script(fixture))
    #expect(await fixture.planctl("run", path) == 0)
    #expect(await fixture.planctl("run", path) == 0)
    #expect(await withFullOutput(fixture, "run", path).status == 1)
    #expect(await fixture.planctl("run", path, "--new") == 0)
    #expect(try await fixture.plans().count == 4)
  }

  @Test("say of a plan that failed how it is retried, and continue it then")
  func failed() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(
      "test -e '\(fixture.folder)/go' || { echo no go >&2; exit 64; }",
      keys: #", "reusable": false"#)
    #expect(await fixture.planctl("run", path) == 1)
    let id = try #require(try await fixture.plans().first?.id)
    let again = await fixture.output("run", path)
    #expect(again.status == 1)
    #expect(again.text.contains("is at strategize/errored: 'sh' exited with 64: no go"))
    #expect(again.text.contains("'planctl retry \(id)' tries it again"))
    // Its action was for one use.
    let new = await fixture.output("run", path, "--new")
    #expect(new.status == 4 && new.text.contains("'planctl retry \(id)'"), "\(new.text)")
    _ = try fixture.file("go", "")
    #expect(await fixture.planctl("retry", "\(id)") == 0)
    let done = await fixture.output("run", path)
    #expect(done.status == 0 && done.text.contains("continued at strategize/queued"))
    let used = await fixture.output("run", path)
    #expect(used.status == 4 && used.text.contains("is for one use"), "\(used.text)")
    #expect(try await fixture.plans().map(\.status) == [.applyApplied])
  }

  @Test("show the end of standard error once")
  func once() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan("echo the reason >&2; exit 64")
    let (status, text) = await fixture.output("run", path)
    #expect(status == 1)
    #expect(text.components(separatedBy: "the reason").count == 2, "\(text)")
  }

  @Test("purge with --keep what ended longer ago, and its work folder")
  func retention() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan("echo kept >&2")
    #expect(await fixture.planctl("run", path) == 0)
    let first = try #require(try await fixture.plans().first?.id)
    #expect(try fixture.workFolders == ["\(first)"])
    #expect(await fixture.planctl("run", path, "--keep", "1h") == 0)
    #expect(try await fixture.plans().count == 2)
    #expect(await fixture.planctl("run", path, "--keep", "0s") == 0)
    let left = try await fixture.plans().map(\.id)
    #expect(left.count == 1 && left != [first])
    #expect(try fixture.workFolders == left.map(\.description))
    #expect(await fixture.planctl("run", path, "--keep", "soon") == 2)
  }

  @Test("have one work folder for a store, also with another data directory")
  func oneFolder() async throws {
    let fixture = try PlanctlFixture()
    let location = "sqlite:\(fixture.folder)/plans.db"
    let path = try fixture.plan("echo \"$PLANWRIGHT_WORKDIR\" >>'\(fixture.folder)/log'")
    #expect(await fixture.planctl("run", path, "--store", location) == 0)
    var other = fixture.environment
    other["XDG_DATA_HOME"] = fixture.folder + "/other"
    other["PLANWRIGHT_STORE"] = location
    let text = PlanctlOutput()
    #expect(await PlanctlCommand.run(["run", path], text.console, environment: other) == 0)
    let folders = Set(
      fixture.lines(of: "log").map { URL(fileURLWithPath: $0).pathComponents.dropLast(2) })
    #expect(folders.count == 1)
    #expect(fixture.lines(of: "log").allSatisfy { $0.contains("/plans.db-work/") })
  }

  @Test("read the file from standard input and only check it with --check")
  func check() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(script(fixture))
    let checked = await fixture.output("run", path, "--check")
    #expect(checked.status == 0 && checked.text == "\(path) is valid; its actions are local/test\n")
    #expect(await fixture.output("run", path, "--check", "--arg", "x=1").status == 2)
    #expect(fixture.stores.isEmpty && fixture.lines(of: "log").isEmpty)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let process = try fixture.start(reading: text, "run", "-")
    #expect(await process.ending.status == 0)
    #expect(fixture.lines(of: "log").count == 3)
  }

  @Test("find programs with a relative path from the folder of the plan file")
  func relative() async throws {
    let fixture = try PlanctlFixture()
    _ = try fixture.makeFolder("bin")
    let program = try fixture.file("bin/program", "#!/bin/sh\necho x >>'\(fixture.folder)/log'\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let path = try fixture.plan("exit 0")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let command = try #require(text.range(of: #"\["sh".*\]"#, options: .regularExpression))
    _ = try fixture.file(
      "plan.json", text.replacingCharacters(in: command, with: #"["./bin/program"]"#))
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.lines(of: "log").count == 3)
  }

  @Test("notice that the store's file was deleted, end the programs and fail")
  func deleted() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan("echo $$ >>'\(fixture.folder)/log'; exec sleep 86400")
    let location = "sqlite:\(fixture.folder)/plans.db"
    let process = try fixture.start("run", path, "--store", location)
    try await fixture.wait(for: 1, in: "log")
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(fixture.folder)/plans.db\(suffix)")
    }
    #expect(await process.ending.status == 5)
    let said = String(
      decoding: process.errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(said.contains("is no longer at"), "\(said)")
    let program = try #require(Int32(fixture.lines(of: "log")[0]))
    try await waitUntil("the program to end") { !isRunning(program) }
  }
}
