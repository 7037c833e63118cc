public import PlanDomain

/// Reads of events, all from the one snapshot of the session.
public protocol EventReading {
  /// The events of one plan after this sequence, in order, at most `limit`.
  func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent]

  /// The events of all plans after this cursor, in the order of their commits, at most `limit`.
  ///
  /// An event that is committed later never gets a place before one that was read already. The
  /// events of one unit of work are all there, in the order in which they were appended.
  func events(after cursor: EventCursor, limit: Int) throws(StorageError) -> [RecordedEvent]
}
