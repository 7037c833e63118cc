import Foundation
import Synchronization
import Testing

@testable import planctl

/// A folder of its own for a test, and what a command wrote.
final class Desk: Sendable {
  let folder: String
  private let written = Mutex((output: "", error: ""))

  init() throws {
    folder = NSTemporaryDirectory() + "planctl-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Writes a file and gives its path.
  func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    return "\(folder)/\(name)"
  }

  var output: String { written.withLock { $0.output } }
  var error: String { written.withLock { $0.error } }

  /// Carries a command line out in this process.
  func planctl(_ words: String...) async -> Int32 {
    await PlanctlCommand.run(
      words,
      Console(
        output: { [self] text in written.withLock { $0.output += text } },
        error: { [self] text in written.withLock { $0.error += text } }))
  }

  /// Carries a plan out whose three actors are one program, a shell script.
  func run(
    _ script: String, timeout: Double = 20, attempts: Int = 1, readOnly: Bool = true,
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
    return await PlanctlCommand.run(
      ["run", path] + words,
      Console(
        output: { [self] text in written.withLock { $0.output += text } },
        error: { [self] text in written.withLock { $0.error += text } }))
  }
}
