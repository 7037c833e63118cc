public import PlanDomain

/// How a worker works.
public struct WorkerOptions: Hashable, Sendable {
  /// How many handlers run at a time.
  package let concurrency: Int
  /// How long a lease lasts without being renewed; it is renewed three times as often.
  package let leaseFor: Duration
  /// How long a worker that was told to stop lets its handlers finish.
  package let grace: Duration
  /// How long handlers that were cancelled may take to return before they are left behind.
  package let cancelGrace: Duration
  /// How often to look for work made ready by other processes, where the store is shared.
  package let pollInterval: Duration

  /// Four handlers, a minute's lease, ten seconds' grace.
  public static let standard = WorkerOptions(
    slots: 4, leaseFor: .seconds(60), grace: .seconds(10), cancelGrace: .seconds(10),
    pollInterval: .seconds(1))

  /// Options of these values.
  ///
  /// Throws `outOfRange` unless there are 1…1024 handlers, a lease of at least 10 ms, a poll
  /// interval of at least 1 ms, and no negative grace.
  public init(
    concurrency: Int = 4, leaseFor: Duration = .seconds(60), grace: Duration = .seconds(10),
    cancelGrace: Duration = .seconds(10), pollInterval: Duration = .seconds(1)
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
    self.init(
      slots: concurrency, leaseFor: leaseFor, grace: grace, cancelGrace: cancelGrace,
      pollInterval: pollInterval)
  }

  private init(
    slots: Int, leaseFor: Duration, grace: Duration, cancelGrace: Duration,
    pollInterval: Duration
  ) {
    concurrency = slots
    self.leaseFor = leaseFor
    self.grace = grace
    self.cancelGrace = cancelGrace
    self.pollInterval = pollInterval
  }
}
