import Foundation
import struct PlanStorage.Locked
import TestSupport
import Testing

@testable import planctl

/// A folder of its own for a test, and what a command wrote.
final class PlanctlFixture: Sendable {
  let folder: String
  private let written = Locked((output: "", error: ""))

  init() throws {
    folder = NSTemporaryDirectory() + "planctl-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    for path in [folder, "\(folder)-data"] { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Where planctl keeps its runs.
  var dataDirectory: String { "\(folder)-data/planwright" }

  /// The stores in the data directory.
  var stores: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: dataDirectory)) ?? []
    return files.filter { $0.hasSuffix(".db") }
  }

  /// The work folders of the trees in the user's store.
  var workFolders: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: dataDirectory + "/plans.db-work")
    }
  }

  /// Starts the tool as a process of its own.
  func start(_ words: String...) throws -> Started { try start(words) }

  /// A process of the tool.
  typealias Started = (process: Process, ending: ProcessExit, errors: Pipe, output: Pipe)

  /// Starts the tool as a process of its own, with this text on its standard input.
  func start(reading input: String, _ words: String...) throws -> Started {
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try pipe.fileHandleForWriting.close()
    return try start(words, input: pipe)
  }

  /// Starts the tool as a process of its own.
  func start(words: [String]) throws -> Started { try start(words) }

  private func start(_ words: [String], input: Pipe? = nil) throws -> Started {
    let process = Process()
    let (errors, output) = (Pipe(), Pipe())
    if let input { process.standardInput = input }
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      .deletingLastPathComponent().appending(path: "planctl")
    process.arguments = words
    process.environment = environment
    process.standardError = errors
    process.standardOutput = output
    return (process, try ProcessExit(of: process), errors, output)
  }

  /// Waits until the file has `lines` lines.
  func wait(for lines: Int, in name: String) async throws {
    try await waitUntil("\(lines) lines in \(name)") { self.lines(of: name).count >= lines }
  }

  /// The lines of a file; none when it is not there.
  func lines(of name: String) -> [String] {
    let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  /// Writes a file and gives its path.
  func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    return "\(folder)/\(name)"
  }

  var output: String { written.withLock { $0.output } }
  var error: String { written.withLock { $0.error } }

  /// The environment of this process, with a data directory of the test's own.
  var environment: [String: String] {
    ProcessInfo.processInfo.environment.merging(["XDG_DATA_HOME": "\(folder)-data"]) { $1 }
  }

  /// The environment for a pseudo-terminal, whatever this process has for its own terminal.
  var terminalEnvironment: [String: String] {
    environment.filter { !["NO_COLOR", "TERM"].contains($0.key) }
  }

  /// Carries a command line out in this process.
  func planctl(_ words: String...) async -> Int32 { await planctl(words) }

  /// Carries a command line out in this process.
  func planctl(_ words: [String]) async -> Int32 {
    await PlanctlCommand.run(
      words,
      Console(
        output: { [self] text in written.withLock { $0.output += text } },
        error: { [self] text in written.withLock { $0.error += text } }),
      environment: environment)
  }

  /// Carries a plan out whose three actors are one program, a shell script.
  func run(
    _ script: String, timeout: Double = 3_600, attempts: Int = 1, readOnly: Bool = true,
    _ words: String...
  ) async throws -> Int32 {
    let quoted = String(
      decoding: try JSONEncoder().encode(["sh", "-c", script]), as: UTF8.self)
    let path = try file(
      "plan.json",
      """
      {"actions": [{"name": "test", "description": "test", "definitionOfDone": "done",
        "strategyActor": "a", "executionActor": "a", "readOnly": \(readOnly),
        "retry": {"attempts": \(attempts), "baseSeconds": 0, "capSeconds": 0},
        "arguments": [{"name": "text", "type": "string", "default": ""},
          {"name": "list-of", "type": "list", "default": []}]}],
       "programs": {"a": {"command": \(quoted), "timeoutSeconds": \(timeout)}}}
      """)
    return await planctl(["run", path] + words)
  }
}
