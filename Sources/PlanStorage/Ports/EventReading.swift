public import PlanDomain

/// Reads events; all reads of one session see the same snapshot.
public protocol EventReading {
  /// Returns the events of one plan after this sequence, in order, at most `limit`; none if the
  /// plan is not stored.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent]

  /// Returns the events of all plans after this cursor, in commit order, at most `limit`.
  ///
  /// An event that is committed later never gets a position before an event that was already read.
  /// The events of one unit of work become visible together, in the order in which they were
  /// appended. A read that reads nothing but the feed may leave out the latest events while another
  /// unit of work, which has taken earlier positions, is being committed; a later read returns them.
  ///
  /// Compares positions only and returns cursors with positions only. The lifecycle adds the number
  /// of purges, which it reads with `feedState()` in the same snapshot.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func events(after cursor: EventCursor, limit: Int) throws(StorageError) -> [RecordedEvent]

  /// Returns the highest position ever given and ever removed, and the number of removed trees.
  ///
  /// Part of the unit of work that appends or removes: a rollback restores it. A durable store
  /// keeps it. The cost does not depend on the number of events.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func feedState() throws(StorageError) -> FeedState
}
