import PlanDomain

extension PlanTelemetry {
  /// Returns a closure that passes a worker's reports to `report` and to the closures for them.
  func observing(
    _ report: @escaping @Sendable (WorkerReport) -> Void
  ) -> @Sendable (WorkerReport) -> Void {
    if attemptBegan == nil, leaseLost == nil, storageTrouble == nil { return report }
    return { [attemptBegan, leaseLost, storageTrouble] event in
      switch event {
      case .started(let assignment): attemptBegan?(assignment)
      case .leaseLost(let token): leaseLost?(token)
      case .trouble(let error, let operation): storageTrouble?(error, operation)
      case .progress, .reported, .abandoned, .released, .setAside, .unserved, .unservedAction,
        .unreachable, .purged:
        break
      }
      report(event)
    }
  }

  /// Runs the handler of an attempt inside `aroundAttempt`, and reports its end.
  func run(
    _ assignment: Assignment, _ handler: @escaping @Sendable () async throws -> HandlerOutcome
  ) async throws -> HandlerOutcome {
    guard let attemptEnded else { return try await enclosed(assignment, handler) }
    let start = clock()
    let result: Result<HandlerOutcome, any Error>
    do { result = .success(try await enclosed(assignment, handler)) } catch {
      result = .failure(error)
    }
    attemptEnded(
      AttemptRecord(assignment: assignment, result: result, duration: clock() - start))
    return try result.get()
  }

  private func enclosed(
    _ assignment: Assignment, _ handler: @escaping @Sendable () async throws -> HandlerOutcome
  ) async throws -> HandlerOutcome {
    guard let aroundAttempt else { return try await handler() }
    return try await aroundAttempt(assignment, handler)
  }
}
