public import PlanDomain
import PlanStorage

extension StoreMaintenance {
  /// Checks that everything in the store agrees, and that the store is undamaged.
  ///
  /// Every plan's events lead to its status, every reference has its target, and the counts that
  /// parents keep of their children are right; ``integrityCheck(quick:)`` is included where it is
  /// supported. Reads the whole store; units of work can run at the same time. `progress` is called
  /// on another thread with the number of plans checked so far. Does not block the cooperative
  /// threads.
  ///
  /// ```swift
  /// let report = try await system.maintenance.verify { plans in print(plans, "plans checked") }
  /// if !report.isSound { print(report.problems) }
  /// ```
  ///
  /// - Throws: `CancellationError` soon after the task is cancelled; ``StorageError`` if the check
  ///   cannot run.
  public func verify(
    progress: @escaping @Sendable (_ plans: Int) -> Void = { _ in }
  ) async throws -> IntegrityReport {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await run { maintenance in
        try maintenance.verifyBlocking { plans in
          progress(plans)
          try cancellation.check()
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  /// Checks as ``verify(progress:)`` does, and blocks the calling thread.
  ///
  /// - Throws: What `progress` throws, which ends the check; ``StorageError`` if the check cannot
  ///   run.
  public func verifyBlocking(
    progress: @escaping @Sendable (_ plans: Int) throws -> Void = { _ in }
  ) throws -> IntegrityReport {
    let damage = supports(.integrityCheck) ? try integrityCheckBlocking().problems : []
    let found = try engine.read { try StoreCheck.problems(in: $0, progress: progress) }
    return IntegrityReport(
      problems: damage + found.map(\.description),
      isTruncated: found.count >= StoreCheck.maximumProblems)
  }
}
