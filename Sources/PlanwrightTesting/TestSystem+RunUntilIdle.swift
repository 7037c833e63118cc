public import PlanDomain
public import PlanLifecycle
import Planwright

/// The reason why `runUntilIdle` ended.
public enum IdleRunEnd: Hashable, Sendable {
  /// No plan that the worker has code for is ready or becomes ready by itself.
  case idle
  /// The next work is due at that time, after the limit, or at the current time, after as many
  /// attempts as are run at one time.
  case limitReached(next: Timestamp)
}

extension TestSystem {
  /// Runs the plans of actions, and moves the clock to the time of the next work, until none is due.
  ///
  /// As the form with handlers does. Throws `actionAlreadyExists` when two actions have one name.
  ///
  ///     try await test.runUntilIdle([note])
  @discardableResult
  public func runUntilIdle(
    _ actions: [any ExecutableAction], limit: Duration = .seconds(7 * 86_400),
    options: WorkerOptions = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in }
  ) async throws -> IdleRunEnd {
    let worker = try system.worker(
      named: "test", actions: actions, options: options, report: report)
    return try await runUntilIdle(worker, limit: limit)
  }

  /// Runs handlers, and moves the clock to the time of the next work, until nothing is due.
  ///
  /// Covers retries, plans that become ready later, expired leases and plans that a worker has set
  /// aside: a week of retries takes milliseconds. Ends with `limitReached` when the next work is due
  /// later than `limit` after the start, and after 100,000 attempts without a later time: work that
  /// makes new work at once might never end. A handler that does not return keeps it waiting, until another
  /// task of the test moves the clock to the attempt's time-out. Throws what `PlanWorker.run` throws,
  /// and `CancellationError`.
  @discardableResult
  public func runUntilIdle(
    _ handlers: [ActorName: PlanHandler], limit: Duration = .seconds(7 * 86_400),
    options: WorkerOptions = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in }
  ) async throws -> IdleRunEnd {
    let worker = system.worker(
      named: "test", handlers: handlers, options: options, report: report)
    return try await runUntilIdle(worker, limit: limit)
  }

  /// Runs a worker of this system in the same way.
  @discardableResult
  public func runUntilIdle(
    _ worker: PlanWorker, limit: Duration = .seconds(7 * 86_400)
  ) async throws -> IdleRunEnd {
    try await runUntilIdle(worker, limit: limit, attemptsAtOneTime: 100_000)
  }

  /// Runs a worker in the same way, with another limit of attempts at one time.
  package func runUntilIdle(
    _ worker: PlanWorker, limit: Duration, attemptsAtOneTime attempts: Int
  ) async throws -> IdleRunEnd {
    let end = time.now().adding(limit)
    let next = try await worker.runUntilIdle(attemptsAtOneTime: attempts) { [time] due in
      guard due <= end else { return false }
      time.advance(to: due)
      return true
    }
    return next.map(IdleRunEnd.limitReached) ?? .idle
  }
}
