import Foundation
import Planwright
import TestSupport
import TestTraits
import Testing

@testable import planctl

@Suite("planctl watch in a pipe", .dedicatedThread, .timeLimit(.minutes(30)))
struct WatchLinesTests {
  /// The built tool with its output in a file.
  private struct PipedTool {
    let process = Process()
    let ending: ProcessExit
    let path: String

    init(_ store: OpenStore, _ words: String...) throws {
      path = "\(store.store.fixture.folder)/\(UUID().uuidString)"
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        .deletingLastPathComponent().appending(path: "planctl")
      process.arguments = words + ["--store", store.store.location]
      process.environment = store.store.fixture.environment.merging(["TERM": "xterm"]) { $1 }
      process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      process.standardError = process.standardOutput
      ending = try ProcessExit(of: process)
    }

    var text: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
  }

  @Test("prints how everything is, and then a line for each event, new trees included")
  func lines() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let tool = try PipedTool(store, "watch")
    try await waitUntil("the first lines") { tool.lines.count == 2 }
    let other = try store.use()
    try await waitUntil("another tree") { tool.lines.count == 3 }
    for plan in [id, other] { try store.complete(plan, phases: 3) }
    #expect(await tool.ending.status == 0)
    let lines = tool.lines
    #expect(lines[0].contains("\(id)  local/test  strategize/queued"))
    #expect(lines[1] == "1 plan: 1 queued")
    // Two plans: one created, three claims, three completions, two steps to the next phase.
    #expect(lines.filter { $0.contains("\(other)  local/test") }.count == 9, "\(tool.text)")
    #expect(lines.last == "\(other) is at apply/applied" && !tool.text.contains("\u{1B}"))
  }

  @Test("prints lines of JSON with --json, and the envelope of all commands at the end")
  func json() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let tool = try PipedTool(store, "watch", "\(id)", "--json")
    try await waitUntil("the first lines") { tool.lines.count == 2 }
    try store.fail(id, "no \u{1B}[31mdisk\u{202E}")
    #expect(await tool.ending.status == 1)
    let documents = try tool.lines.map { try JSONValue(parsing: $0) }
    #expect(documents.dropLast().map { $0["kind"] } == ["tree", "counts", "event", "event"])
    #expect(documents[0]["plan"]?["id"] == .string("\(id)"))
    #expect(documents[1]["counts"]?["queued"] == 1)
    #expect(documents[3]["event"]?["to"] == "strategize/errored")
    let envelope = try #require(documents.last)
    #expect(envelope["command"] == "watch" && envelope["exitCode"] == 1)
    #expect(envelope["data"]?.arrayValue?.first?["failure"]?["code"] == "broken")
    #expect(!tool.text.contains("\u{1B}"))
  }

  @Test("watches a part of a tree, and nothing else")
  func subtree() async throws {
    let store = try await OpenStore()
    let root = try store.use()
    let children = try store.spawn(root, ["one", "two"])
    let tool = try PipedTool(store, "watch", "\(children[0])")
    try await waitUntil("the first lines") { tool.lines.count == 2 }
    try store.complete(children[1], phases: 3)
    try store.complete(children[0], phases: 3)
    #expect(await tool.ending.status == 0)
    #expect(!tool.text.contains("two") && tool.lines[1].hasPrefix("1 plan:"))
  }

  @Test("goes on after a purge of other trees, and says when the plan itself was removed")
  func purge() async throws {
    let store = try await OpenStore()
    let (ended, id) = (try store.use(), try store.use())
    let tool = try PipedTool(store, "watch", "\(id)")
    try await waitUntil("the first lines") { tool.lines.count == 2 }
    try store.system.plans.writeBlocking { transaction in
      try transaction.cancel(ended, reason: "x")
      let removed = try transaction.purge(
        endedBefore: Timestamp(date: Date(timeIntervalSinceNow: 3_600)), limit: 10)
      #expect(removed == 1)
    }
    try store.complete(id, phases: 3)
    #expect(await tool.ending.status == 0)
    #expect(tool.text.contains("apply/applied"))
    let gone = try PipedTool(store, "watch", "\(ended)")
    #expect(await gone.ending.status == 3)
  }

  @Test("has nothing to do when everything has ended, and refuses what is no plan")
  func nothing() async throws {
    let store = try await OpenStore()
    let tool = try PipedTool(store, "watch")
    #expect(await tool.ending.status == 0)
    #expect(tool.text == "everything has ended, or waits for an operator\n")
    for (words, status) in [("7ZZZZZZZZZ", 3), ("no id", 2), ("--frobnicate", 2)] {
      let refused = try PipedTool(store, "watch", words)
      #expect(await refused.ending.status == Int32(status))
    }
  }

  @Test("ends with the signal's exit status", arguments: [SIGINT, SIGTERM, SIGHUP])
  func signals(number: Int32) async throws {
    let store = try await OpenStore()
    _ = try store.use()
    let tool = try PipedTool(store, "watch")
    try await waitUntil("the first lines") { tool.lines.count == 2 }
    kill(tool.process.processIdentifier, number)
    #expect(await tool.ending.status == 128 + number)
    #expect(tool.text.contains("no longer watching; the plans go on"))
  }
}
