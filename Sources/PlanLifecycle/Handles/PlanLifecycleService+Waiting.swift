import PlanDomain

extension PlanLifecycleService {
  /// Waits until all plans have ended, and returns their results in the order of the handles.
  ///
  /// A result is what ``PlanHandle/result(approvalLimit:)`` of the plan would return or throw: a
  /// plan that fails does not end the wait for the others. Blocks no thread; the cost of waiting
  /// does not grow with the other plans of the store.
  ///
  /// ```swift
  /// let results = try await system.plans.waitForAll([milk, bread])
  /// for result in results { print((try? result.get()) ?? "no result") }
  /// ```
  ///
  /// - Throws: `CancellationError` if the task is cancelled; ``StorageError`` if the store fails
  ///   for good, ``StorageError/Code/closed`` when it is closed. What a plan throws is in its
  ///   result.
  public func waitForAll<Output>(
    _ handles: [PlanHandle<Output>], approvalLimit: Duration? = nil
  ) async throws -> [Result<Output, any Error>] {
    if handles.isEmpty { return [] }
    let outcomes = try await outcomes(of: handles, approvalLimit, needsAll: true)
    return handles.map { handle in Result { try handle.output(of: outcomes[handle.id]) } }
  }

  /// Waits until one of the plans has ended, and returns its handle and its result.
  ///
  /// If several have ended already, returns any of them; returns nil for no handles. The result is
  /// what ``PlanHandle/result(approvalLimit:)`` of the plan would return or throw. Blocks no
  /// thread.
  ///
  /// ```swift
  /// if let (plan, result) = try await system.plans.waitForFirst([milk, bread]) {
  ///   print(plan.id, try result.get())
  /// }
  /// ```
  ///
  /// - Throws: `CancellationError` if the task is cancelled; ``StorageError`` if the store fails
  ///   for good, ``StorageError/Code/closed`` when it is closed. What the plan throws is in its
  ///   result.
  public func waitForFirst<Output>(
    _ handles: [PlanHandle<Output>], approvalLimit: Duration? = nil
  ) async throws -> (handle: PlanHandle<Output>, result: Result<Output, any Error>)? {
    if handles.isEmpty { return nil }
    let outcomes = try await outcomes(of: handles, approvalLimit, needsAll: false)
    guard let first = handles.first(where: { outcomes[$0.id] != nil }) else { return nil }
    return (first, Result { try first.output(of: outcomes[first.id]) })
  }

  private func outcomes<Output>(
    of handles: [PlanHandle<Output>], _ approvalLimit: Duration?, needsAll: Bool
  ) async throws -> WaitingTasks.Outcomes {
    try await waiters.wait(
      for: Set(handles.map(\.id)), found: Set(handles.filter(\.wasFound).map(\.id)),
      until: .end(approvalLimit: approvalLimit), needsAll: needsAll)
  }
}
