/// The exclusive right of one worker to write to one plan for a limited time.
public struct Lease: Hashable, Sendable {
  /// The owner: one run of one worker.
  public let owner: LeaseOwner
  /// The time from which others may take the lease away; until one does, it remains valid.
  public let expiresAt: Timestamp

  /// Creates a lease.
  package init(owner: LeaseOwner, expiresAt: Timestamp) {
    self.owner = owner
    self.expiresAt = expiresAt
  }
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
