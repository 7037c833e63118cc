public import PlanDomain

/// Reads plans; all reads of one session see the same snapshot.
///
/// Obligations of every adapter: a read returns what was written, in every field; a store that
/// fails throws and never returns an empty result instead; lists without a limit are complete; all
/// reads of a session, pages included, show the same moment, regardless of later commits; the cost
/// of a read grows with the number of stored plans at most as the logarithm of an index does.
public protocol PlanReading {
  /// Returns the plan with this id, or nil.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan?

  /// Returns the plan that was created from this action with this idempotency key, or nil.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan?

  /// Returns one page of plans, ordered by id.
  ///
  /// Scans `QueryRules.scan(for: filter)` from the cursor, whose plan may have been removed;
  /// examines at most `QueryRules.rowsExamined(for: limit)` rows and returns those that match.
  /// `next` is the last row examined, or nil when the scan has no row after it.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor>

  /// Returns the number of plans of the scope in each status; may be linear in their number.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts

  /// Returns the children of one round, in spawn order; empty when the round does not exist.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan]

  /// Returns the children of one round that lack only a slot, in spawn order, at most `limit`.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan]

  /// Returns the children of one round that depend on this key, in spawn order.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan]

  // The due lists. Each method that returns `DuePlans` finds at most `limit` plans, skips the
  // excluded ones, and reads each plan separately: an unreadable plan is reported with its id,
  // counts towards the limit, and does not affect the others. In a unit of work, plans of a tree that
  // another unit of work is changing may be missing, so that claims need not wait for each other;
  // those that are returned stay as they are until it ends.

  /// Returns the queued plans of these actors that are due at `now`, ordered by `readyAt`, then by
  /// id.
  ///
  /// A plan's actor is the actor of its phase; it is due if its `readyAt` is not after `now`. Finds
  /// at most `limit` plans and skips the excluded ones. Reads each plan separately: an unreadable
  /// one is reported with its id, counts towards the limit, and does not affect the others.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does, but not for a
  ///   plan that cannot be read.
  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans

  /// Returns the earliest `readyAt` of the queued plans of these actors, past or future; nil
  /// without one.
  ///
  /// The excluded plans are left out.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp?

  /// Returns the actors that have a queued plan with a `readyAt`, past or future, ordered by name.
  ///
  /// Starts after `actor`, or with the first actor when it is nil; returns at most `limit`.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName]

  /// Returns the processing plans whose lease expired at `now` or before, by expiry, then by id.
  ///
  /// Finds at most `limit` plans and skips the excluded ones. Reads each plan separately: an
  /// unreadable one is reported with its id, counts towards the limit, and does not affect the
  /// others.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does, but not for a
  ///   plan that cannot be read.
  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans

  /// Returns the earliest expiry of all leases, past or future, except those of the excluded plans.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) throws(StorageError) -> Timestamp?

  /// Returns the final roots that ended before this time, ordered by end, then by id.
  ///
  /// Finds at most `limit` plans and skips the excluded ones. Reads each plan separately: an
  /// unreadable one is reported with its id, counts towards the limit, and does not affect the
  /// others.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does, but not for a
  ///   plan that cannot be read.
  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans
}
