import Foundation
import Planwright
import Testing

@testable import planctl

extension PlanctlFixture {
  /// Writes a plan file with one action, `test`, whose actors are one shell script; its path.
  ///
  /// `keys` are further keys of the action, each with a comma before it.
  func plan(
    _ script: String, in name: String = "plan.json", keys: String = "", timeout: Int = 3_600
  ) throws -> String {
    try file(name, Self.plan(script, keys: keys, timeout: timeout))
  }

  /// The text of a plan file with one action, `test`, whose actors are one shell script.
  static func plan(
    _ script: String, keys: String = "", timeout: Int = 3_600
  ) throws -> String {
    let quoted = String(decoding: try JSONEncoder().encode(["sh", "-c", script]), as: UTF8.self)
    return """
      {"actions": [{"name": "test", "description": "test", "definitionOfDone": "done",
        "strategyActor": "a", "executionActor": "a",
        "arguments": [{"name": "key", "type": "string", "default": "root"}]\(keys)}],
       "programs": {"a": {"command": \(quoted), "timeoutSeconds": \(timeout)}}}
      """
  }

  /// Makes a folder in that of the test; its path.
  func makeFolder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    return "\(folder)/\(name)"
  }

  /// Opens the user's store and reads from it.
  func read<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanSnapshot) throws -> R
  ) async throws -> R {
    let system = try PlanSystem.open(.sqlite(at: dataDirectory + "/plans.db"))
    let result = try await system.plans.read(body)
    try system.close()
    return result
  }

  /// The plans of the user's store, the oldest first.
  func plans() async throws -> [Plan] {
    try await read { snapshot in
      try snapshot.plans(matching: PlanQuery(order: .oldestFirst, limit: .largest)).rows
    }
  }

  /// Carries a command line out and returns what it printed, and its exit status.
  func output(_ words: String...) async -> (status: Int32, text: String) {
    let text = PlanctlOutput()
    let status = await PlanctlCommand.run(words, text.console, environment: environment)
    return (status, text.all)
  }
}
