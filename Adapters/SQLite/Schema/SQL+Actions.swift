extension SQL {
  var actionText: String? {
    let action = "SELECT number, name, \(Columns.action.list()) FROM action"
    return switch self {
    case .actionByName:
      "SELECT version, number, name, \(Columns.action.list()) FROM action WHERE name = ?"
    case .actionNumber: "SELECT number FROM action WHERE name = ?"
    case .namespaceNumber: "SELECT number FROM namespace WHERE name = ?"
    case .insertNamespace: "INSERT INTO namespace (name) VALUES (?)"
    case .insertAction:
      """
      INSERT INTO action (name, namespace, \(Columns.action.list())) \
      VALUES (?, ?, \(Columns.action.marks))
      """
    case .saveAction:
      "UPDATE action SET \(Columns.action.assignments) WHERE name = ? AND version = ?"
    case .actionsNewest: "\(action) WHERE number < ? ORDER BY number DESC LIMIT ?"
    case .actionsOldest: "\(action) WHERE number > ? ORDER BY number LIMIT ?"
    case .namespaceActionsNewest:
      """
      \(action) WHERE number < ?1 AND namespace = (SELECT number FROM namespace WHERE name = ?3) \
      ORDER BY number DESC LIMIT ?2
      """
    case .namespaceActionsOldest:
      """
      \(action) WHERE number > ?1 AND namespace = (SELECT number FROM namespace WHERE name = ?3) \
      ORDER BY number LIMIT ?2
      """
    case .termsByNumber:
      """
      SELECT a.name, \(Columns.snapshot.list("t.")) FROM terms t CROSS JOIN action a \
      ON a.number = t.action WHERE t.number = ?
      """
    case .termsOfAction:
      """
      SELECT t.number, a.name, \(Columns.snapshot.list("t.")) FROM terms t CROSS JOIN action a \
      ON a.number = t.action WHERE t.action = ? AND t.action_version = ?
      """
    case .insertTerms:
      """
      INSERT INTO terms (action, \(Columns.snapshot.list())) VALUES (?, \(Columns.snapshot.marks))
      """
    default: nil
    }
  }

  var eventText: String? {
    switch self {
    case .insertEvent:
      """
      INSERT INTO event (plan, previous, \(Columns.event.list())) \
      VALUES (?, ?, \(Columns.event.marks))
      """
    case .removeEvent: "DELETE FROM event WHERE position = ?"
    case .insertPositionMarker:
      """
      INSERT INTO event (plan, sequence, command, status_after, at, attempt, epoch) \
      VALUES (NULL, 0, '', 0, 0, 0, 0)
      """
    case .removePositionMarkers: "DELETE FROM event WHERE plan IS NULL AND position < ?"
    case .saveLatestEvent: "UPDATE plan SET last_event = ? WHERE number = ?"
    case .lastPosition: "SELECT max(position) FROM event"
    case .latestEvent:
      """
      SELECT e.position, e.sequence FROM plan p CROSS JOIN event e ON e.position = p.last_event \
      WHERE p.number = ?
      """
    case .latestEventsOfTree:
      """
      SELECT last_event FROM plan WHERE id = ?1 \
      UNION ALL SELECT last_event FROM plan WHERE root = ?1
      """
    case .eventChain: "SELECT number, last_event FROM plan WHERE id = ?"
    case .eventOfSixteen:
      """
      SELECT position FROM event WHERE plan = ? AND sequence >= ? AND sequence % 16 = 0 \
      ORDER BY sequence LIMIT 1
      """
    case .eventOfPlan:
      """
      SELECT plan, previous, position, ?2, \(Columns.event.list()) FROM event WHERE position = ?1
      """
    case .previousEvent: "SELECT previous FROM event WHERE position = ?"
    case .eventsOfAll:
      """
      SELECT e.position, p.id, \(Columns.event.list("e.")) FROM event e CROSS JOIN plan p \
      ON p.number = e.plan WHERE e.position > ? ORDER BY e.position LIMIT ?
      """
    case .feedState:
      """
      SELECT (SELECT max(position) FROM event), removed_position, purges \
      FROM feed WHERE number = 1
      """
    case .countPurge:
      """
      UPDATE feed SET purges = purges + 1, removed_position = max(removed_position, ?) \
      WHERE number = 1
      """
    default: nil
    }
  }
}
