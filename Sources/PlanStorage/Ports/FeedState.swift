package import PlanDomain

/// What a store knows of the feed besides its events: how far it goes, and what was removed.
public struct FeedState: Hashable, Sendable {
  /// The highest position ever given to an event; 0 before the first.
  ///
  /// Removals do not lower it. A store that gives positions to something else may count those too.
  public let latest: Int64
  /// The highest position of an event that was removed; 0 before the first.
  public let removed: Int64
  /// The number of trees that were removed.
  public let purges: Int64

  /// Creates a state.
  public init(latest: Int64, removed: Int64, purges: Int64) {
    self.latest = latest
    self.removed = removed
    self.purges = purges
  }

  /// The state of a store that never had an event.
  public static let empty = FeedState(latest: 0, removed: 0, purges: 0)
}

extension FeedState {
  /// The cursor of the latest position: the events that are stored from now on come after it.
  package var latestCursor: EventCursor { cursor(at: latest) }

  /// Returns the cursor of a reader that has read up to this position in this state.
  package func cursor(at position: Int64) -> EventCursor {
    EventCursor(position: position, purges: purges)
  }

  /// Checks that the cursor can be of this store, and that no event after it can have been removed
  /// without its reader knowing.
  ///
  /// Throws `cursorExpired` if a tree was removed after the cursor was read and the highest
  /// position ever removed lies after the cursor; and, with the beginning as the place to go on
  /// from, if the store never had the cursor's position or number of purges. A reader at the
  /// beginning misses nothing: it begins with what is stored.
  package func check(_ cursor: EventCursor) throws(PlanError) {
    if cursor == .start { return }
    // Its reader has read another store, or this one before an older copy of it was restored. What
    // it has read of this one is not known.
    if cursor.position > latest || cursor.purges ?? 0 > purges { throw .cursorUnknown(cursor) }
    if purges > cursor.purges ?? 0, removed > cursor.position {
      throw .cursorExpired(resumeAt: self.cursor(at: cursor.position))
    }
  }
}
