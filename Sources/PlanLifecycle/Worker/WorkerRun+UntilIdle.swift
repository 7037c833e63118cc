package import PlanDomain
import PlanStorage

extension PlanWorker {
  /// Runs handlers until no plan is ready and none becomes ready by itself; for a clock that only
  /// `advance` moves.
  ///
  /// Calls `advance` with the time of the next work. It moves the clock there and returns true, or
  /// returns false to end the run. Returns that time then, and nil if there is no next work. Throws
  /// what `run()` throws, and `CancellationError` when the task is cancelled.
  package func runUntilIdle(
    advance: @escaping @Sendable (Timestamp) -> Bool
  ) async throws -> Timestamp? {
    try await withRun { run in try await run.runUntilIdle(advance: advance) }
  }
}

extension WorkerRun {
  fileprivate func runUntilIdle(advance: (Timestamp) -> Bool) async throws -> Timestamp? {
    var end: (isReached: Bool, next: Timestamp?) = (false, nil)
    try await serve {
      let wasIdle = inFlight.isIdle(at: time.now())
      let next = try await claimWork()
      if next.isSuspended { return await signal.wait() }
      // More trees may be due, which the next step purges.
      if let purge = next.purge, purge <= time.now() { return }
      if wasIdle, !next.hasClaimed {
        let due = [next.earliest, inFlight.nextPauseEnd].compactMap { $0 }.min()
        if let due, advance(due) { return }
        end = (true, due)
        stop()
      } else if !inFlight.isIdle(at: time.now()) {
        await signal.wait()
      }
    } end: {
      inFlight.cancelAll()
      await releaseAll()
    }
    guard end.isReached else { throw CancellationError() }
    return end.next
  }
}
