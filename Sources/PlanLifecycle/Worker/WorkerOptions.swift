public import PlanDomain

/// The options of a worker.
public struct WorkerOptions: Hashable, Sendable {
  /// The maximum number of handlers that run at a time.
  package let concurrency: Int
  /// The duration of a lease; leases are renewed after a third of it.
  package let leaseFor: Duration
  /// The time that a stopping worker waits for its handlers to finish.
  package let grace: Duration
  /// The time that the worker waits for cancelled handlers to return before it releases their
  /// plans.
  package let cancelGrace: Duration
  /// The interval of checks for changes by other processes, and the first pause after a failure.
  package let pollInterval: Duration
  /// The time for which finished trees are kept; nil to keep them until the host purges them.
  package let keepFinished: Duration?

  /// Four handlers, leases of a minute, grace times of ten seconds, finished trees are kept.
  public static let standard = WorkerOptions(
    slots: 4, leaseFor: .seconds(60), grace: .seconds(10), cancelGrace: .seconds(10),
    pollInterval: .seconds(1), keepFinished: nil)

  /// Creates options.
  ///
  /// With `keepFinished`, the worker purges trees whose root ended longer ago, with their events,
  /// in small units of work while it has a free slot and no plan to claim; trees of all actors, so
  /// one worker of a store is enough. A lease is renewed after a third of `leaseFor`; a worker that
  /// is killed keeps its plans from others for that long.
  ///
  /// ```swift
  /// let options = try WorkerOptions(
  ///   concurrency: 16, leaseFor: .seconds(30), keepFinished: .seconds(30 * 86_400))
  /// let worker = try system.worker(named: "notes", actions: [note], options: options)
  /// ```
  ///
  /// - Throws: ``PlanError/Code/outOfRange`` with the field unless `concurrency` is 1…1024,
  ///   `leaseFor` is 10 ms to 7 days, `pollInterval` is at least 1 ms, and the grace times and
  ///   `keepFinished` are not negative.
  public init(
    concurrency: Int = 4, leaseFor: Duration = .seconds(60), grace: Duration = .seconds(10),
    cancelGrace: Duration = .seconds(10), pollInterval: Duration = .seconds(1),
    keepFinished: Duration? = nil
  ) throws(PlanError) {
    guard (1...1024).contains(concurrency) else {
      throw .outOfRange(field: "concurrency", reason: "must be between 1 and 1024")
    }
    guard leaseFor >= .milliseconds(10), leaseFor <= .seconds(7 * 86_400) else {
      throw .outOfRange(field: "leaseFor", reason: "must be between 10 ms and 7 days")
    }
    guard grace >= .zero, cancelGrace >= .zero else {
      throw .outOfRange(field: "grace", reason: "must not be negative")
    }
    guard pollInterval >= .milliseconds(1) else {
      throw .outOfRange(field: "pollInterval", reason: "must be at least 1 ms")
    }
    if let keepFinished, keepFinished < .zero {
      throw .outOfRange(field: "keepFinished", reason: "must not be negative")
    }
    self.init(
      slots: concurrency, leaseFor: leaseFor, grace: grace, cancelGrace: cancelGrace,
      pollInterval: pollInterval, keepFinished: keepFinished)
  }

  private init(
    slots: Int, leaseFor: Duration, grace: Duration, cancelGrace: Duration,
    pollInterval: Duration, keepFinished: Duration?
  ) {
    concurrency = slots
    self.leaseFor = leaseFor
    self.grace = grace
    self.cancelGrace = cancelGrace
    self.pollInterval = pollInterval
    self.keepFinished = keepFinished
  }
}
