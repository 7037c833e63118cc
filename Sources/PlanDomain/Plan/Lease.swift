/// The exclusive right of one worker to write to one plan for a limited time.
public struct Lease: Hashable, Sendable {
  /// The owner: one run of one worker.
  public let owner: LeaseOwner
  /// The time from which others may take the lease away; until one does, it remains valid.
  public let expiresAt: Timestamp
  /// The time at which the attempt times out, after which no lease expires; nil without a time-out.
  public let end: Timestamp?

  /// Creates a lease, for example from stored values.
  package init(owner: LeaseOwner, expiresAt: Timestamp, end: Timestamp? = nil) {
    self.owner = owner
    self.expiresAt = expiresAt
    self.end = end
  }

  /// Creates the lease of a claim: until this time, but not beyond the attempt's time-out.
  init(owner: LeaseOwner, until: Timestamp, timeout: Duration?, at now: Timestamp) {
    let end = timeout.map { now.adding($0) }
    self.init(owner: owner, expiresAt: end.map { min($0, until) } ?? until, end: end)
  }

  /// Returns the lease until this time, but not beyond its end.
  func renewed(until: Timestamp) -> Lease {
    Lease(owner: owner, expiresAt: end.map { min($0, until) } ?? until, end: end)
  }

  /// Whether the lease expires because its attempt times out.
  var expiresAtEnd: Bool { expiresAt == end }
}

/// The fencing token of a lease; a worker passes it with every write to its plan.
public struct LeaseToken: Hashable, Sendable {
  /// The plan of the lease.
  public let plan: Plan.ID
  /// The plan's epoch when the lease was granted; a write with an older epoch is refused.
  public let epoch: Int

  /// Creates a token, for example from values that a worker received as text.
  public init(plan: Plan.ID, epoch: Int) {
    self.plan = plan
    self.epoch = epoch
  }
}
