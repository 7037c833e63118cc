import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("The commands of planctl that only look")
struct LookingTests {
  /// Every one of them, for a store with this plan; `FOLDER` is where they may write.
  ///
  /// `watch` ends at once, because the plan waits for approval.
  private static func commands(_ plan: String) -> [[String]] {
    [
      ["list"], ["status", plan], ["tree", plan], ["events"], ["events", plan], ["doctor"],
      ["doctor", plan], ["action", "list"], ["action", "show", "local/test"], ["store", "info"],
      ["store", "verify"], ["store", "backup", "FOLDER/copy.db"],
      ["store", "export", "FOLDER/plans.jsonl"], ["watch"], ["watch", plan], ["watch", "--json"],
      ["report", plan, "--html", "FOLDER/report.html"],
    ]
  }

  /// The exit statuses with which these commands answer beside 0: something needs to be done.
  private static let answers: [String: Int32] = ["doctor": 1, "watch": 6]

  /// Each file of the folder with its bytes, times and inode, and the folder itself.
  private static func states(_ folder: String) throws -> [String: [String]] {
    var states: [String: [String]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) + ["."] {
      let path = "\(folder)/\(name)"
      var status = stat()
      #expect(lstat(path, &status) == 0)
      let data = name == "." ? Data() : try Data(contentsOf: URL(fileURLWithPath: path))
      states[name] = [
        data.base64EncodedString(), "\(status.st_mtim)", "\(status.st_ctim)", "\(status.st_ino)",
      ]
    }
    return states
  }

  /// A store with a plan, without anything else in its folder.
  private static func store() async throws -> (store: StoreOfPlans, plan: String) {
    let store = try await StoreOfPlans()
    let plan = try await store.use()
    try store.complete(plan, result: nil)
    try FileManager.default.removeItem(atPath: "\(store.fixture.folder)/actions.json")
    return (store, plan)
  }

  @Test("change no byte, no time and no entry of the store's folder")
  func untouched() async throws {
    let (store, plan) = try await Self.store()
    let elsewhere = try ScratchDirectory()
    let before = try Self.states(store.fixture.folder)
    for command in Self.commands(plan) {
      let words = command.map { $0.replacing("FOLDER", with: elsewhere.url.path) }
      let text = PlanctlOutput()
      let status = await PlanctlCommand.run(
        words + ["--store", store.location], text.console, environment: store.fixture.environment)
      #expect(status == 0 || status == Self.answers[words[0]], "\(words): \(text.all)")
      #expect(try Self.states(store.fixture.folder) == before, "\(words)")
    }
  }

  @Test(
    "change nothing while they wait for what is to come, in a pipe and on a terminal",
    arguments: [["watch"], ["watch", "PLAN", "--json"], ["events", "--follow"]])
  func waiting(words: [String]) async throws {
    let store = try await StoreOfPlans()
    let plan = try await store.use()
    let before = try Self.states(store.fixture.folder)
    let words = words.map { $0 == "PLAN" ? plan : $0 } + ["--store", store.location]
    let tool = [try ToolProcess.path] + words
    for command in [tool, ["/bin/sh", "-c", "\"$0\" \"$@\" | cat"] + tool] {
      let terminal = try PseudoTerminal(
        command: command, columns: 2_000, rows: 24,
        environment: store.fixture.terminalEnvironment)
      try await terminal.wait(for: "the plan") { $0.contains("queued") }
      #expect(try Self.states(store.fixture.folder) == before)
      terminal.send(PseudoTerminal.controlC)
      #expect(try await terminal.ending() == 130)
      #expect(try Self.states(store.fixture.folder) == before)
    }
  }

  @Test(
    "work on a read-only mount, also beside the log of a process that was killed",
    .enabled(if: LookingTests.canMount, "this system gives no mounts to a test"),
    arguments: [false, true])
  func readOnlyMount(killed: Bool) async throws {
    let (store, plan) = try await Self.store()
    let (folder, elsewhere) = (store.fixture.folder, try ScratchDirectory())
    if killed {
      // The files of an open store, as a kill leaves them.
      let system = try PlanSystem.open(StorageBackend(location: store.location))
      try system.plans.writeBlocking { transaction in
        try transaction.cancel(try transaction.use("local/test").id, reason: "x")
      }
      for suffix in ["", "-wal", "-shm"] {
        try FileManager.default.copyItem(
          atPath: "\(folder)/plans.db\(suffix)", toPath: elsewhere.path("plans.db\(suffix)"))
      }
      try system.close()
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: "\(folder)/plans.db\(suffix)")
        try FileManager.default.moveItem(
          atPath: elsewhere.path("plans.db\(suffix)"), toPath: "\(folder)/plans.db\(suffix)")
      }
    }
    let before = try Self.states(folder)
    let commands = Self.commands(plan).map { words in
      let rest = words.map { "'\($0.replacing("FOLDER", with: elsewhere.url.path))'" }
      return "\"$TOOL\" \(rest.joined(separator: " ")) --store '\(store.location)' "
        + "|| [ $? -eq \(Self.answers[words[0]] ?? 0) ] || exit 99"
    }
    let script = """
      mount --bind '\(folder)' '\(folder)' && mount -o remount,ro,bind '\(folder)' || exit 98
      ! touch '\(folder)/x' 2>/dev/null || exit 97
      \(commands.joined(separator: "\n"))
      """
    let environment = store.fixture.environment.merging(["TOOL": try ToolProcess.path]) { $1 }
    let ended = try await ToolProcess.run(
      "/usr/bin/env", ["unshare", "-rm", "sh", "-c", script], environment)
    #expect(ended.status == 0, "\(ended)")
    #expect(try Self.states(folder) == before)
  }

  /// Whether a process may have mounts of its own.
  static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["unshare", "-rm", "mount", "--bind", "/tmp", "/tmp"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}
