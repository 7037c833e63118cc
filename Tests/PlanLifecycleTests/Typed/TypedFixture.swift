import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport

struct Release: Codable, Equatable {
  var version: String
  var notes: String?
}

struct Build: Codable, Equatable {
  var archive: String
  var size: Int
}

extension LifecycleFixture {
  /// Stores the actions, and runs a worker for them while the body runs.
  func withWorker(
    _ actions: [any ExecutableAction], options: WorkerOptions = .standard,
    redaction: FailureRedaction = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in },
    _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    for action in actions {
      try await plans.write { _ = try $0.register(action.definition) }
    }
    let worker = try PlanWorker(
      store: plans, name: "typed", actions: actions, options: options, redaction: redaction,
      report: report)
    try await worker.run(while: body)
  }

  /// Uses an action and waits until its plan has ended.
  func ended<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, _ arguments: Arguments
  ) async throws -> Plan {
    let plan = try await plans.write { try $0.use(action, arguments: arguments) }
    return try await reached(plan.id) { $0.hasEnded }
  }
}
