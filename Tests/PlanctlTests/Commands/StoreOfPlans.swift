import Foundation
import Planwright
import Testing

@testable import planctl

/// A store with an action, and commands that a test gives to it.
struct StoreOfPlans {
  let fixture: PlanctlFixture
  let location: String

  /// Creates a store with the action `local/test`, which stops for approval after its first phase.
  init(automation: String = "manual") async throws {
    fixture = try PlanctlFixture()
    location = "sqlite:\(fixture.folder)/plans.db"
    let file = try fixture.file(
      "actions.json",
      """
      {"actions": [{"name": "test", "description": "test {text}", "definitionOfDone": "done",
        "strategyActor": "a", "executionActor": "a", "automation": "\(automation)",
        "retry": {"attempts": 1},
        "arguments": [{"name": "text", "type": "string", "default": "x"}]}],
       "programs": {"a": {"command": ["true"]}}}
      """)
    #expect(await fixture.planctl(["action", "create", file, "--store", location]) == 0)
  }

  /// Gives a command and returns its exit status and its JSON document.
  func json(_ words: String...) async throws -> (status: Int32, document: JSONValue) {
    let text = PlanctlOutput()
    let status = await PlanctlCommand.run(
      words + ["--json", "--store", location], text.console, environment: fixture.environment)
    return (status, try JSONValue(parsing: text.all))
  }

  /// Gives a command and returns its exit status and everything that it printed.
  func text(_ words: String...) async -> (status: Int32, text: String) {
    let text = PlanctlOutput()
    let status = await PlanctlCommand.run(
      words + ["--store", location], text.console, environment: fixture.environment)
    return (status, text.all)
  }

  /// Creates a plan and returns its id.
  func use(_ words: String...) async throws -> String {
    let text = PlanctlOutput()
    let status = await PlanctlCommand.run(
      ["use", "local/test", "--store", location] + words, text.console,
      environment: fixture.environment)
    #expect(status == 0, "\(text.all)")
    return text.all.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Completes the current phase of a plan, as a worker does.
  func complete(_ id: String, result: JSONValue) throws {
    let system = try PlanSystem.open(StorageBackend(location: location))
    try system.plans.writeBlocking { transaction in
      let plan = try transaction.claim(
        try Plan.ID(id), owner: LeaseOwner("test"), leaseFor: .seconds(60))
      let token = try #require(plan.leaseToken)
      try transaction.complete(token, result: result)
    }
    try system.close()
  }
}
