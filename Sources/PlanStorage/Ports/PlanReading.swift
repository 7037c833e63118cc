public import PlanDomain

/// Reads of plans, all from the one snapshot of the session.
///
/// Obligations of every adapter: what is read is what was written, in every field; a failing
/// store throws and never answers empty; lists are complete, however long they are; all reads of
/// one session show the same moment, pages as well as single plans, whatever is committed
/// meanwhile; no read's cost grows with the number of plans stored, beyond the logarithm of an
/// index.
public protocol PlanReading {
  /// The plan of this id, or nil.
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan?

  /// The plan that was made of this action under this idempotency key, or nil.
  func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan?

  /// One page of plans, ordered by id.
  ///
  /// Goes through the lists of `filter.walk` as one, from the
  /// cursor on (which need not be stored any more), examines at most `limit.rowsExamined` of
  /// them, and gives those that match. `next` marks the last row examined, and is nil exactly
  /// when no row of the lists comes after it.
  func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor>

  /// How many plans of the scope are in each status; may take as long as counting them.
  func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts

  /// The children of one round, in spawn order; none when there was no such round.
  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan]

  /// The children of one round that only lack a slot (`isStartable`), in spawn order, at most
  /// `limit`.
  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan]

  /// The children of one round that depend on this key, in spawn order.
  func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan]

  // The lists of what is due. Each of the first three finds at most `limit` plans, leaves those of
  // `excluded` out, and reads each plan by itself: one that cannot be read is reported with its id,
  // counts towards the limit, and hides no other.

  /// Queued plans whose phase's actor is one of these and whose `readyAt` is not after `now`:
  /// the earliest `readyAt` first, then by id.
  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans

  /// The earliest `readyAt` of a queued plan of one of these actors, past or to come, the excluded
  /// plans left out.
  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp?

  /// The actors after this one, in the order of their names, for whom a plan is queued that has a
  /// `readyAt`, past or to come, at most `limit`; from the first one on without an actor.
  func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName]

  /// Processing plans whose lease expired at `now` or before: the earliest first, then by id.
  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans

  /// When the first of all leases expires, past or to come, the excluded plans left out.
  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) throws(StorageError) -> Timestamp?

  /// Final roots that ended before this time: the earliest first, then by id.
  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans
}
