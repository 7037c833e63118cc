extension PlanWorker {
  /// Runs while the body runs, then shuts down gracefully and returns the body's value.
  ///
  /// For programs with an end, such as commands and tests; a service calls ``run()``. If the worker
  /// ends first, because it failed or was stopped, the body's task is cancelled.
  ///
  /// ```swift
  /// try await system.worker(named: "notes", actions: [note]).run {
  ///   let milk = try await system.plans.use(note, arguments: Note(text: "milk"))
  ///   print(try await milk.result())
  /// }
  /// ```
  ///
  /// - Throws: What the body throws, or else what ``run()`` throws; `CancellationError` if the task
  ///   is cancelled.
  public func run<R: Sendable>(
    while body: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask {
        try await self.run()
        return nil
      }
      group.addTask { try await body() }
      var value: R?
      while let next = try await group.next() {
        // Whichever ended first ends the other.
        group.cancelAll()
        value = value ?? next
      }
      guard let value else { throw CancellationError() }
      return value
    }
  }
}
