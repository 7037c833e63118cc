import Foundation
import Planwright
import Testing

@testable import planctl

/// A store that a test moves like a worker while the tool looks at it.
final class OpenStore: Sendable {
  let store: StoreOfPlans
  let system: PlanSystem

  /// Creates a store with the action `local/test`.
  init() async throws {
    store = try await StoreOfPlans()
    system = try PlanSystem.open(StorageBackend(location: store.location))
  }

  deinit { try? system.close() }

  var file: String { "\(store.fixture.folder)/plans.db" }

  /// Creates a plan.
  func use(_ automation: Automation = .auto) throws -> Plan.ID {
    try system.plans.writeBlocking {
      try $0.use(PlanUse(action: "local/test", automation: automation)).id
    }
  }

  /// Claims a plan and reports an outcome for it.
  func claim(
    _ id: Plan.ID,
    _ body: @escaping @Sendable (borrowing PlanTransaction, LeaseToken) throws -> Void = { _, _ in }
  ) throws {
    try system.plans.writeBlocking { transaction in
      let plan = try transaction.claim(id, owner: "tester", leaseFor: .seconds(600))
      try body(transaction, try #require(plan.leaseToken))
    }
  }

  /// Completes phases of a plan.
  func complete(_ id: Plan.ID, phases: Int = 1) throws {
    for _ in 0..<phases { try claim(id) { try $0.complete($1, result: ["ok": true]) } }
  }

  /// Fails a plan for good.
  func fail(_ id: Plan.ID, _ message: String) throws {
    try claim(id) {
      try $0.fail($1, try Plan.Failure(code: "broken", message: message, isRetryable: false))
    }
  }

  /// Makes a plan spawn children with these keys, and returns their ids.
  func spawn(_ id: Plan.ID, _ keys: [Key]) throws -> [Plan.ID] {
    try complete(id)
    try claim(id) { transaction, token in
      let children = keys.map { ChildSpec(key: $0, action: "local/test") }
      try transaction.spawn(token, Spawn(children, schedule: .standard))
    }
    return try system.plans.readBlocking { try $0.children(of: id).map(\.id) }
  }

  /// Starts the tool on a terminal.
  func terminal(
    _ words: String..., columns: Int = 80, rows: Int = 24, belowShell: Bool = false,
    environment: [String: String] = [:]
  ) throws -> PseudoTerminal {
    try PseudoTerminal(
      words + ["--store", store.location], columns: columns, rows: rows,
      environment: store.fixture.terminalEnvironment.merging(environment) { $1 },
      belowShell: belowShell)
  }
}
