package import PlanDomain
import PlanStorage

extension PlanWorker {
  /// Runs handlers until no plan is ready and none becomes ready by itself; for a clock that only
  /// `advance` moves.
  ///
  /// Calls `advance` with the time of the next work. It moves the clock there and returns true, or
  /// returns false to end the run. Returns that time then, and nil if there is no next work. Also
  /// ends, and returns the current time, after `attempts` attempts at one time and those that run
  /// then, because work that makes work at once might never end. Throws what `run()` throws, and
  /// `CancellationError` when the task is cancelled.
  package func runUntilIdle(
    attemptsAtOneTime attempts: Int? = nil, advance: @escaping @Sendable (Timestamp) -> Bool
  ) async throws -> Timestamp? {
    try await withRun { run in try await run.runUntilIdle(attempts, advance: advance) }
  }
}

extension WorkerRun {
  fileprivate func runUntilIdle(
    _ attempts: Int?, advance: (Timestamp) -> Bool
  ) async throws -> Timestamp? {
    var end: (isReached: Bool, next: Timestamp?) = (false, nil)
    var last = time.now()
    inFlight.limitInsertions(to: attempts)
    try await serve {
      if time.now() != last {
        last = time.now()
        inFlight.limitInsertions(to: attempts)
      }
      if inFlight.isExhausted {
        guard inFlight.isIdle(at: last) else { return await signal.wait() }
        end = (true, last)
        return stop()
      }
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
