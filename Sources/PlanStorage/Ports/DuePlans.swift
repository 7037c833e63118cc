public import PlanDomain

/// What a store found of a list of due plans: those that it could read, and those that it could not.
public struct DuePlans: Hashable, Sendable {
  /// The plans, in the order of the list.
  public let plans: [Plan]
  /// The plans whose stored values cannot be read, in the order of the list.
  public let unreadable: [UnreadablePlan]

  /// Puts a result together.
  public init(plans: [Plan], unreadable: [UnreadablePlan] = []) {
    self.plans = plans
    self.unreadable = unreadable
  }
}

/// A plan of a due list whose stored values cannot be read.
public struct UnreadablePlan: Hashable, Sendable {
  /// The plan's id, as the list has it.
  public let id: Plan.ID
  /// Why the plan cannot be read.
  public let error: StorageError

  /// Names a plan and what is wrong with it.
  public init(id: Plan.ID, error: StorageError) {
    self.id = id
    self.error = error
  }
}

extension PlanReading {
  /// Queued plans that are due, as `readyPlans(for:at:limit:excluding:)` finds them.
  ///
  /// Throws the error of the first one that cannot be read.
  public func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int
  ) throws(StorageError) -> [Plan] {
    try readyPlans(for: actors, at: now, limit: limit, excluding: []).readable()
  }

  /// Plans whose lease expired, as `expiredLeases(at:limit:excluding:)` finds them.
  ///
  /// Throws the error of the first one that cannot be read.
  public func expiredLeases(at now: Timestamp, limit: Int) throws(StorageError) -> [Plan] {
    try expiredLeases(at: now, limit: limit, excluding: []).readable()
  }

  /// Final roots, as `finalRoots(endedBefore:limit:excluding:)` finds them.
  ///
  /// Throws the error of the first one that cannot be read.
  public func finalRoots(
    endedBefore time: Timestamp, limit: Int
  ) throws(StorageError) -> [Plan] {
    try finalRoots(endedBefore: time, limit: limit, excluding: []).readable()
  }

  /// The earliest `readyAt` of a queued plan of one of these actors, past or to come.
  public func nextReadyAt(for actors: [ActorName]) throws(StorageError) -> Timestamp? {
    try nextReadyAt(for: actors, excluding: [])
  }

  /// When the first of all leases expires, past or to come.
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
