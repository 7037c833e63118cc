import PlanDomain

/// How a body is run; a body that needs more than its mode gives is run again in another one.
struct TransactionMode {
  /// For a unit of work: whether no other unit of work runs at the same time.
  ///
  /// Needed where a body reads what no lock of single trees protects: lists of plans, counts, the
  /// feed, something that is not stored. Then each write is checked before it is made, so that the
  /// method that makes it throws its error.
  var isExclusive = false
  /// For a unit of work: the actions that it locks exclusively as soon as it reads them.
  var savedActions: Set<ActionName> = []
  /// For a read: whether it makes several calls, which need a transaction of several round trips.
  var hasSeveralCalls = false
  /// For a read: whether the horizon of the feed is found before the snapshot is taken.
  var needsHorizon = false
}
