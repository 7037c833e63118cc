/// What an export or an import has written.
public struct ArchiveSummary: Hashable, Sendable {
  /// The number of actions.
  public var actions = 0
  /// The number of plans.
  public var plans = 0
  /// The number of events, without those of evictions.
  public var events = 0
  /// The number of plans of an import whose leases were evicted; 0 for an export.
  public var evictedLeases = 0
  /// The number of plans that an earlier, interrupted import of the archive had stored already.
  public var plansStoredBefore = 0

  /// Creates a summary of nothing.
  public init() {}
}
