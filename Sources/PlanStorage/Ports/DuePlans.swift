public import PlanDomain

/// The plans that a store found in a due list: the readable ones and the unreadable ones.
public struct DuePlans: Hashable, Sendable {
  /// The plans, in the order of the list.
  public let plans: [Plan]
  /// The plans whose stored values cannot be read, in the order of the list.
  public let unreadable: [UnreadablePlan]

  /// Creates a result.
  public init(plans: [Plan], unreadable: [UnreadablePlan] = []) {
    self.plans = plans
    self.unreadable = unreadable
  }
}

/// A plan of a due list whose stored values cannot be read.
public struct UnreadablePlan: Hashable, Sendable {
  /// The plan's id, as stored in the due list.
  public let id: Plan.ID
  /// Why the plan cannot be read.
  public let error: StorageError

  /// Creates a report about an unreadable plan.
  public init(id: Plan.ID, error: StorageError) {
    self.id = id
    self.error = error
  }
}

extension PlanReading {
  /// Returns queued plans that are due, as ``readyPlans(for:at:limit:excluding:)`` does.
  ///
  /// - Throws: The error of the first plan that cannot be read; ``Planwright/StorageError`` if the
  ///   store fails.
  public func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int
  ) throws(StorageError) -> [Plan] {
    try readyPlans(for: actors, at: now, limit: limit, excluding: []).readable()
  }

  /// Returns plans whose lease expired, as ``expiredLeases(at:limit:excluding:)`` does.
  ///
  /// - Throws: The error of the first plan that cannot be read; ``Planwright/StorageError`` if the
  ///   store fails.
  public func expiredLeases(at now: Timestamp, limit: Int) throws(StorageError) -> [Plan] {
    try expiredLeases(at: now, limit: limit, excluding: []).readable()
  }

  /// Returns final roots, as ``finalRoots(endedBefore:limit:excluding:)`` does.
  ///
  /// - Throws: The error of the first plan that cannot be read; ``Planwright/StorageError`` if the
  ///   store fails.
  public func finalRoots(
    endedBefore time: Timestamp, limit: Int
  ) throws(StorageError) -> [Plan] {
    try finalRoots(endedBefore: time, limit: limit, excluding: []).readable()
  }

  /// Returns the earliest `readyAt` of the queued plans of these actors, past or future.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``nextReadyAt(for:excluding:)`` does.
  public func nextReadyAt(for actors: [ActorName]) throws(StorageError) -> Timestamp? {
    try nextReadyAt(for: actors, excluding: [])
  }

  /// Returns the earliest expiry of all leases, past or future.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``nextLeaseExpiry(excluding:)`` does.
  public func nextLeaseExpiry() throws(StorageError) -> Timestamp? {
    try nextLeaseExpiry(excluding: [])
  }
}

extension DuePlans {
  fileprivate func readable() throws(StorageError) -> [Plan] {
    if let first = unreadable.first { throw first.error }
    return plans
  }
}
