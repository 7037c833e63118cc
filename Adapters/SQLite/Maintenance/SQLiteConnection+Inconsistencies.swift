import PlanStorage

extension SQLiteConnection {
  /// Compares what the schema keeps twice, and returns the differences, at most `limit`.
  ///
  /// Takes as long as reading all plans and events.
  func inconsistencies(_ limit: Int) throws(StorageError) -> [String] {
    var problems: [String] = []
    for check in Self.checks {
      var query = try query(once: check.sql)
      while problems.count < limit, try query.next() {
        problems.append("\(check.problem): \(query.text())")
      }
    }
    return problems
  }

  /// Statements that return a row for each problem, and what the problem is.
  private static let checks: [(problem: String, sql: String)] = [
    (
      "the number of plans of an action in a group of statuses is not the one that is kept",
      """
      SELECT 'action ' || action || ', group ' || status_group FROM (\
      SELECT action, status_group, count FROM plan_count WHERE count <> 0 UNION ALL \
      SELECT action, status_group, count(*) FROM plan GROUP BY action, status_group) \
      GROUP BY action, status_group HAVING count(*) <> 2 OR min(count) <> max(count)
      """
    ),
    (
      "an event does not follow the event of its plan before it",
      """
      SELECT 'position ' || e.position FROM event e \
      LEFT JOIN event b ON b.position = e.previous AND b.plan = e.plan \
      AND b.sequence = e.sequence - 1 \
      WHERE e.plan IS NOT NULL AND (b.position IS NULL) <> (e.sequence = 1 AND e.previous IS NULL)
      """
    ),
    (
      "the latest event of a plan is not an event of the plan",
      """
      SELECT 'plan ' || p.number FROM plan p LEFT JOIN event e ON e.position = p.last_event \
      WHERE p.last_event IS NOT NULL AND e.plan IS NOT p.number
      """
    ),
    (
      "events belong to no plan, or come after the latest event of their plan",
      """
      SELECT (events - reached) || ' events' FROM (SELECT \
      (SELECT count(*) FROM event WHERE plan IS NOT NULL) AS events, \
      (SELECT coalesce(sum(e.sequence), 0) FROM plan p \
      CROSS JOIN event e ON e.position = p.last_event) AS reached) WHERE events <> reached
      """
    ),
    (
      "a plan has its texts twice or not at all",
      """
      SELECT 'plan ' || p.number FROM plan p LEFT JOIN plan_definition d ON d.plan = p.number \
      WHERE (p.description IS NULL) = (d.plan IS NULL)
      """
    ),
    (
      "a plan has its documents in another place than is recorded",
      """
      SELECT 'plan ' || p.number FROM plan p LEFT JOIN plan_documents d ON d.plan = p.number \
      WHERE (p.documents = 2) = (d.plan IS NULL)
      """
    ),
  ]
}
