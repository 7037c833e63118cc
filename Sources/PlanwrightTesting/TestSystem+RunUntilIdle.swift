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
  /// Runs the plans of actions, and moves the clock to the time of the next work, until none is
  /// due.
  ///
  /// Covers retries, plans that become ready later, expired leases and plans that a worker has set
  /// aside: a week of retries takes milliseconds. Ends with `limitReached` when the next work is
  /// due later than `limit` after the start, and after 100,000 attempts without a later time: work
  /// that makes new work at once might never end. A handler that does not return keeps it waiting,
  /// until another task of the test moves the clock to the attempt's time-out.
  ///
  /// ```swift
  /// let end = try await test.runUntilIdle([note], limit: .seconds(86_400))
  /// #expect(end == .idle)
  /// ```
  ///
  /// - Throws: ``Planwright/PlanError/Code/actionAlreadyExists`` if two actions have one name;
  ///   `CancellationError` if the task is cancelled; ``Planwright/StorageError/Code/closed`` if the
  ///   system is closed meanwhile. Failing plans and planned faults do not end it.
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
  /// aside, and ends as the form with actions does.
  ///
  /// ```swift
  /// let writer: PlanHandler = { _, _ in .complete(.null) }
  /// try await test.runUntilIdle(["writer": writer])
  /// ```
  ///
  /// - Throws: `CancellationError` if the task is cancelled;
  ///   ``Planwright/StorageError/Code/closed`` if the system is closed meanwhile. Failing plans and
  ///   planned faults do not end it.
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

  /// Runs a worker of this system, and moves the clock to the time of the next work, until none is
  /// due.
  ///
  /// For a worker that the code under test has made.
  ///
  /// ```swift
  /// let worker = try test.system.worker(named: "notes", actions: [note])
  /// try await test.runUntilIdle(worker)
  /// ```
  ///
  /// - Throws: `CancellationError` if the task is cancelled;
  ///   ``Planwright/StorageError/Code/closed`` if the system is closed meanwhile;
  ///   ``Planwright/PlanError/Code/invalidText`` if the worker's name cannot be part of a lease
  ///   owner.
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
