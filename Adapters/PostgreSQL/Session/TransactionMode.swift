import PlanDomain

/// How a body is run; a body that needs more than its mode gives is run again in another one.
struct TransactionMode {
  /// For a unit of work: whether no other unit of work runs at the same time.
  ///
  /// Needed where a body reads what no lock of single trees protects: lists of plans, counts, the
  /// feed, something that is not stored. Then each write is checked before it is made, so that the
  /// method that makes it throws its error.
  var isExclusive = false
  /// Whether it waits for locks as long as it takes, and not for the usual time only.
  ///
  /// In the second run and later: after a deadlock the first run would wait for a second otherwise,
  /// and the later ones lock what they need in one order. A run in the exclusive mode waits so only
  /// after several ones that did not: units of work that begin meanwhile wait behind it.
  var isPatient = false
  /// Whether a statement was cancelled, after which the body is run once more.
  ///
  /// Not more often: whoever cancels again means the body.
  var wasCancelled = false
  /// For a unit of work: the actions that it locks exclusively as soon as it reads them.
  var savedActions: Set<ActionName> = []
  /// For a unit of work: plans whose trees it locks when it begins, all in one order.
  ///
  /// Those of the runs before.
  var plansToLock: Set<ULID> = []
  /// For a read: whether it makes several calls, which need a transaction of several round trips.
  var hasSeveralCalls = false
  var feed = Feed.unread

  /// What a read session sees of the feed.
  enum Feed: Int, Comparable {
    case unread
    /// The events up to the horizon that was found before the snapshot was taken.
    ///
    /// Later ones are left out even if their units of work are in the snapshot.
    case upToHorizon
    /// All events of the snapshot, which is taken while no transaction takes positions.
    ///
    /// For a read that compares the feed with plans.
    case whole

    static func < (a: Feed, b: Feed) -> Bool { a.rawValue < b.rawValue }
  }
}
