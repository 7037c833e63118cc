/// The right of one worker to write to one plan for a while.
public struct Lease: Hashable, Sendable {
  /// Whose right it is: one start of one worker.
  public let owner: LeaseOwner
  /// From when on others may take it away; until they do, it holds.
  public let expiresAt: Timestamp

  /// Puts a lease together.
  package init(owner: LeaseOwner, expiresAt: Timestamp) {
    self.owner = owner
    self.expiresAt = expiresAt
  }
}

/// The fencing token of a lease: what a worker presents with every write to its plan.
public struct LeaseToken: Hashable, Sendable {
  /// The plan that the lease is for.
  public let plan: Plan.ID
  /// The plan's epoch when the lease was given; a write with an older one is refused.
  public let epoch: Int

  /// Puts a token together, as a worker does that was handed one as text.
  public init(plan: Plan.ID, epoch: Int) {
    self.plan = plan
    self.epoch = epoch
  }
}
