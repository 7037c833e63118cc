public import PlanDomain

/// Closures that a system calls with what it does, for logs, metrics and traces.
///
/// A closure that is nil costs nothing: no clock is read and nothing is allocated for it. Closures
/// run on the threads that do the work, often one that commits, and must return at once.
/// ``init(combining:)`` joins telemetry for logs, metrics and traces that was made separately.
///
/// ```swift
/// var telemetry = PlanTelemetry.none
/// telemetry.attemptEnded = { attempt in
///   print(attempt.assignment.plan.id, attempt.assignment.phase, attempt.duration)
/// }
/// let system = try PlanSystem.open(.sqlite(at: "plans.db"), telemetry: telemetry)
/// ```
public struct PlanTelemetry: Sendable {
  /// Called when a unit of work was passed to the store.
  public var unitOfWorkBegan: (@Sendable () -> Void)?
  /// Called when a unit of work has been committed or has failed.
  public var unitOfWorkEnded: (@Sendable (UnitOfWorkRecord) -> Void)?
  /// Called when a worker has claimed plans, with their number; not called for none.
  public var plansClaimed: (@Sendable (_ count: Int) -> Void)?
  /// Called before a handler runs.
  public var attemptBegan: (@Sendable (Assignment) -> Void)?
  /// Called when a handler has returned or thrown, before its outcome is committed.
  public var attemptEnded: (@Sendable (AttemptRecord) -> Void)?
  /// Runs the handler, so that it runs inside a span or with task-local values.
  ///
  /// It must call its second argument once and return what that returns.
  ///
  /// ```swift
  /// enum Trace { @TaskLocal static var plan: Plan.ID? }
  /// var telemetry = PlanTelemetry.none
  /// telemetry.aroundAttempt = { assignment, handler in
  ///   try await Trace.$plan.withValue(assignment.plan.id) { try await handler() }
  /// }
  /// ```
  public var aroundAttempt:
    (
      @Sendable (Assignment, @escaping @Sendable () async throws -> HandlerOutcome) async throws ->
        HandlerOutcome
    )?
  /// Called when the handler of a plan whose lease was lost has returned, or when its plan is
  /// released at the end of a run.
  ///
  /// Later than the slot is free if the handler ignores its cancellation.
  public var leaseLost: (@Sendable (LeaseToken) -> Void)?
  /// Called when the store failed for a worker; the second argument names the operation.
  public var storageTrouble: (@Sendable (any Error, _ operation: String) -> Void)?
  /// Called with what the store does for all of its callers in this process: commits, which several
  /// units of work may share, and checkpoints.
  ///
  /// Runs while the store commits: a blocking call of the store, and `close`, throw
  /// `nestedUnitOfWork` inside of it.
  public var storageActivity: (@Sendable (StorageActivity) -> Void)?
  /// The clock that measures durations: the time since some fixed moment.
  public var clock: @Sendable () -> Duration = PlanTelemetry.monotonic

  /// No closure is called.
  public static let none = PlanTelemetry()

  /// Creates telemetry that calls nothing; set the closures that are wanted.
  public init() {}

  private static let start = ContinuousClock.now
  private static let monotonic: @Sendable () -> Duration = { ContinuousClock.now - start }
}

/// A unit of work that has ended.
public struct UnitOfWorkRecord: Sendable {
  /// The time from its call to its end, including the time in the queue.
  public let duration: Duration
  /// The error that it failed with; nil if it was committed.
  public let error: (any Error)?
}

/// An attempt whose handler has ended.
public struct AttemptRecord: Sendable {
  /// What the handler was to do.
  public let assignment: Assignment
  /// What the handler returned, or the error that it threw.
  public let result: Result<HandlerOutcome, any Error>
  /// The time for which the handler ran.
  public let duration: Duration

  /// Whether the handler threw an error or returned a failure.
  public var hasFailed: Bool {
    switch result {
    case .failure, .success(.fail): true
    case .success: false
    }
  }
}
