import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import SQLiteStorage
import TestSupport

/// A store with plans in every status, as commands leave them: with children, projects, documents,
/// events and idempotency keys.
struct GoldenStore {
  private let plans: PlanLifecycleService
  private let owner: LeaseOwner

  /// Makes the file at this path, and beside it a document of what it holds.
  static func write(_ path: String) throws {
    let store = try SQLiteEngineRegistry().open(path)
    let golden = try GoldenStore(store)
    try golden.fill()
    let contents = try StoreContents(of: store).portable.serialized()
    try Data(contents.utf8).write(
      to: URL(fileURLWithPath: (path as NSString).deletingPathExtension + ".json"))
    try store.close()
  }

  private init(_ store: some StorageEngine) throws {
    plans = PlanLifecycleService(engine: store, environment: TestEnvironment().environment)
    owner = LeaseOwner("golden/1")
  }

  private func fill() throws {
    try removeOne()
    for status in PlanStatus.allCases {
      let id = try use("golden/\(status.phase.rawValue)-\(status.state.rawValue)")
      try drive(id, to: status)
    }
    _ = try use("golden/once", reusable: false)
  }

  /// An action whose actor has the name of the action, so that a claim finds its plan alone.
  private func createAction(_ name: String, reusable: Bool = true) throws {
    try plans.writeBlocking { work in
      let actor = try ActorName(name)
      let arguments = try ArgumentList([
        ArgumentDefinition(name: "text", type: .string),
        ArgumentDefinition(name: "count", type: .integer, requirement: .optional(default: 3)),
        ArgumentDefinition(
          name: "list", type: .list,
          requirement: .optional(default: [["b": 1, "a": [true, nil, "é"]]])),
        ArgumentDefinition(name: "flag", type: .boolean, requirement: .optional(default: nil)),
      ])
      _ = try work.createAction(
        ActionDefinition(
          name: ActionName(name), description: "write {text}", definitionOfDone: "{count} times",
          actors: Actors(strategy: actor, execution: actor), arguments: arguments,
          invariants: ["nothing else changes"], reusable: reusable,
          retry: RetryPolicy(attempts: 2, base: .seconds(1), cap: .seconds(60)),
          attemptTimeout: .seconds(30), tags: [Action.Tag("golden")], createdBy: "golden"))
    }
  }

  private func use(_ name: String, reusable: Bool = true) throws -> Plan.ID {
    try createAction(name, reusable: reusable)
    return try plans.writeBlocking { work in
      let projects = [
        ProjectUse(name: ProjectName("first"), alias: ProjectName("alias")),
        ProjectUse(name: ProjectName("second"), readOnly: true),
      ]
      return try work.use(
        PlanUse(
          action: ActionName(name), arguments: ["text": "it's \"é\"", "flag": true],
          projects: projects, idempotencyKey: Key("key of \(name)"),
          labels: ["golden": "yes", "name": Plan.Label.Value(name)],
          // One definition is too long for the row of its plan.
          context: name == "golden/apply-queued"
            ? ["long": String(repeating: "é", count: 600)] : ["traceparent": "00-é"],
          notBefore: Timestamp(microseconds: 1),
          createdBy: "golden")
      ).id
    }
  }

  private func drive(_ id: Plan.ID, to status: PlanStatus) throws {
    for phase in [PlanPhase.strategize, .execute, .apply] {
      if phase == status.phase { break }
      _ = try complete(id)
      try plans.writeBlocking {
        _ = try $0.advance(id, input: ["approved": true], by: "golden", note: "it's \"é\"")
      }
    }
    switch status.state {
    case .queued: try postpone(id)
    case .processing: try check(id)
    case .complete, .applied: try complete(id)
    case .waiting: try spawn(id)
    case .constrained:
      let token = try claim(id)
      try plans.writeBlocking { _ = try $0.constrain(token, reason: "it was locked") }
    case .errored:
      try check(id)
      // Documents of one plan are too long for its row.
      let trace = String(repeating: "é", count: status.phase == .execute ? 300 : 1)
      let failure = try Plan.Failure(
        code: Key("broken"), message: "it broke",
        detail: ["at": [1, .double(FiniteDouble(2.5))], "trace": .string(trace)],
        isRetryable: false, retryAfter: .seconds(5))
      try plans.writeBlocking { work in
        guard let token = try work.plan(id).leaseToken else { return }
        _ = try work.fail(token, failure)
      }
    case .cancelled:
      try plans.writeBlocking { _ = try $0.cancel(id, reason: "not needed") }
    }
  }

  private func claim(_ id: Plan.ID) throws -> LeaseToken {
    try plans.writeBlocking { work in
      let plan = try work.plan(id)
      let claimed = try work.claim(
        owner: owner, actors: [plan.actor], limit: 1, leaseFor: .seconds(60))
      guard let token = claimed.first?.leaseToken, token.plan == id else {
        throw PlanError.planNotFound(id)
      }
      return token
    }
  }

  private func check(_ id: Plan.ID) throws {
    let token = try claim(id)
    try plans.writeBlocking { work in
      _ = try work.checkpoint(token, Plan.Checkpoint(step: Key("half"), data: ["done": 1]))
      _ = try work.renew(token, leaseFor: .seconds(60), report: "it's \"half\" done: é")
    }
  }

  private func complete(_ id: Plan.ID) throws {
    let token = try claim(id)
    try plans.writeBlocking {
      _ = try $0.complete(token, result: ["result": [1, .double(FiniteDouble(-0.5)), "é"]])
    }
  }

  /// Postpones the plan, makes it ready again, and lets an attempt fail.
  private func postpone(_ id: Plan.ID) throws {
    let first = try claim(id)
    try plans.writeBlocking { work in
      let later = try work.plan(id).progress.updatedAt.adding(.seconds(60))
      _ = try work.release(first, readyAt: later)
      _ = try work.expedite(id, by: "golden", note: "now")
    }
    let second = try claim(id)
    let failure = try Plan.Failure(
      code: "later", message: "not yet", isRetryable: true, retryAfter: .zero)
    try plans.writeBlocking { _ = try $0.fail(second, failure) }
  }

  /// Children that are ready, that wait for a slot, and that wait for each other.
  private func spawn(_ id: Plan.ID) throws {
    try createAction("golden/child")
    let token = try claim(id)
    try plans.writeBlocking { work in
      let action = ActionName("golden/child")
      let specs = try ["a", "b", "c"].map { key in
        ChildSpec(
          key: try Key(key), action: action, arguments: ["text": .string(key)],
          dependsOn: key == "c" ? [Key("a"), Key("b")] : [])
      }
      let schedule = try ChildSchedule(mode: .dependencyOrdered, maxParallel: 1, failFast: true)
      _ = try work.spawn(token, Spawn(specs, schedule: schedule))
    }
  }

  /// Leaves the place of a removed event behind.
  private func removeOne() throws {
    let id = try use("golden/removed")
    try plans.writeBlocking { work in
      _ = try work.cancel(id, reason: "not needed")
      _ = try work.purge(endedBefore: Timestamp(microseconds: .max), limit: 1)
    }
  }
}
