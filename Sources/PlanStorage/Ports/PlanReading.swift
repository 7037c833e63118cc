public import PlanDomain

/// Reads plans; all reads of one session see the same snapshot.
///
/// Obligations of every adapter: a read returns what was written, in every field; a store that
/// fails throws and never returns an empty result instead; lists without a limit are complete; all
/// reads of a session, pages included, show the same moment, regardless of later commits; the cost
/// of a read grows with the number of stored plans at most as the logarithm of an index does.
public protocol PlanReading {
  /// Returns the plan with this id, or nil.
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan?

  /// Returns the plan that was created from this action with this idempotency key, or nil.
  func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan?

  /// Returns one page of plans, ordered by id.
  ///
  /// Scans `QueryRules.scan(for: filter)` from the cursor, whose plan may have been removed;
  /// examines at most `QueryRules.rowsExamined(for: limit)` rows and returns those that match.
  /// `next` is the last row examined, or nil when the scan has no row after it.
  func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor>

  /// Returns the number of plans of the scope in each status; may be linear in their number.
  func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts

  /// Returns the children of one round, in spawn order; empty when the round does not exist.
  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan]

  /// Returns the children of one round that lack only a slot (`isStartable`), in spawn order, at
  /// most `limit`.
  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan]

  /// Returns the children of one round that depend on this key, in spawn order.
  func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan]

  // The due lists. Each method that returns `DuePlans` finds at most `limit` plans, skips the
  // excluded ones, and reads each plan separately: an unreadable plan is reported with its id,
  // counts towards the limit, and does not affect the others.

  /// Returns the queued plans of these actors whose `readyAt` is not after `now`, ordered by
  /// `readyAt`, then by id; a plan's actor is the actor of its phase.
  ///
  /// In a unit of work, plans of a tree that another unit of work is changing may be missing, so that
  /// claims need not wait for each other. All that are returned stay as they are until it ends.
  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans

  /// Returns the earliest `readyAt` of the queued plans of these actors, past or future, except the
  /// excluded plans.
  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp?

  /// Returns the actors that have a queued plan with a `readyAt`, past or future, ordered by name.
  ///
  /// Starts after `actor`, or with the first actor when it is nil; returns at most `limit`.
  func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName]

  /// Returns the processing plans whose lease expired at `now` or before, ordered by expiry, then
  /// by id.
  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans

  /// Returns the earliest expiry of all leases, past or future, except those of the excluded plans.
  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) throws(StorageError) -> Timestamp?

  /// Returns the final roots that ended before this time, ordered by end, then by id.
  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans
}
