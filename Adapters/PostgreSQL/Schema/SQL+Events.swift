extension SQL {
  private static let row = "position, \(Columns.event.list())"

  /// Marks the transaction as one that takes positions of the feed, and takes $3 of them.
  static let beginAppending = PostgreSQLStatement(
    "begin_appending", "SELECT begin_appending($1, $2, $3)")
  /// Takes $1 further positions, in a transaction that excludes all other writers.
  static let takePositions = PostgreSQLStatement(
    "take_positions", "SELECT count(nextval('event_position')) FROM generate_series(1, $1::bigint)")
  /// Inserts an event at the position that was taken last, less the number behind the token.
  static let insertEvent = PostgreSQLStatement(
    "insert_event",
    """
    INSERT INTO event (position, \(Columns.event.list()), token) \
    VALUES (currval('event_position') - $\(Columns.event.count + 2), \
    \(Columns.event.parameters(from: 1)), $\(Columns.event.count + 1)) RETURNING position
    """)
  static let insertUnitOfWork = PostgreSQLStatement(
    "insert_unit_of_work", "INSERT INTO unit_of_work (token) VALUES ($1)")
  static let removeOldUnitsOfWork = PostgreSQLStatement(
    "remove_old_units_of_work",
    "DELETE FROM unit_of_work WHERE committed_at < clock_timestamp() - interval '1 day'")
  /// The highest position taken so far.
  static let highestPosition = PostgreSQLStatement(
    "highest_position", "SELECT last_value FROM event_position")
  /// The highest position of an event that was removed.
  static let removedPosition = PostgreSQLStatement(
    "removed_position", "SELECT removed_position FROM feed WHERE number = 1")
  /// The token of the event $2 of the plan $1.
  static let tokenOfEvent = PostgreSQLStatement(
    "token_of_event", "SELECT token FROM event WHERE plan = $1 AND sequence = $2")
  static let isUnitOfWorkStored = PostgreSQLStatement(
    "is_unit_of_work_stored", "SELECT 1 FROM unit_of_work WHERE token = $1")
  static let eventsOfPlan = PostgreSQLStatement(
    "events_of_plan",
    """
    SELECT \(row) FROM event WHERE plan = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
    """)
  /// The horizon of the session, which `feedHorizon` or `unlimitedHorizon` has set.
  private static let horizon = "current_setting('planwright.horizon')::bigint"
  /// The first $2 events after the position $1, up to the horizon of the session.
  static let eventsOfAll = PostgreSQLStatement(
    "events_of_all",
    """
    SELECT \(row) FROM event WHERE position > $1 AND position <= \(horizon) \
    ORDER BY position LIMIT $2
    """)
  /// Finds the position up to which no event is committed later; before a snapshot is taken.
  static let feedHorizon = PostgreSQLStatement("feed_horizon", "SELECT feed_horizon($1, $2)")
  /// Waits until no transaction takes positions, and lets none begin to.
  static let holdFeed = PostgreSQLStatement("hold_feed", "SELECT hold_feed($1, $2)")
  static let releaseFeed = PostgreSQLStatement(
    "release_feed", "SELECT pg_advisory_unlock($1)")
  /// Lets the transaction see all positions: no other one writes.
  static let unlimitedHorizon = PostgreSQLStatement(
    "unlimited_horizon",
    "SELECT set_config('planwright.horizon', '9223372036854775807', true)")
  /// The state of the feed up to the horizon of the session.
  static let feedState = PostgreSQLStatement(
    "feed_state",
    """
    SELECT least(\(horizon), greatest((SELECT max(position) FROM event), removed_position)), \
    removed_position, purges FROM feed WHERE number = 1
    """)
}
