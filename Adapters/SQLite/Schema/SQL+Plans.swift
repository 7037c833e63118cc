extension SQL {
  /// Selects all columns of a plan; `CROSS JOIN` makes SQLite join the tables in this order.
  private static let plan = """
    SELECT p.number, \(Columns.fixed.list("p.")), p.status, \(Columns.progress.list("p.")), \
    \(Columns.definition.list("d.")), c.plan, \(Columns.documents.list("c.")) \
    FROM plan p CROSS JOIN plan_definition d ON d.plan = p.number \
    LEFT JOIN plan_documents c ON c.plan = p.number
    """

  var planReadText: String? {
    switch self {
    case .planByID: "\(Self.plan) WHERE p.id = ?"
    case .planByNumber: "\(Self.plan) WHERE p.number = ?"
    case .planByUse: "\(Self.plan) WHERE p.action = ? AND p.idempotency_key = ?"
    case .children: "\(Self.plan) WHERE p.parent = ? AND p.round = ? ORDER BY p.position"
    case .startable:
      """
      \(Self.plan) WHERE p.is_startable = 1 AND p.parent = ? AND p.round = ? \
      ORDER BY p.position LIMIT ?
      """
    case .dependents:
      """
      SELECT plan FROM plan_dependency WHERE parent = ? AND round = ? AND key = ? ORDER BY position
      """
    case .planNumber: "SELECT number FROM plan WHERE id = ?"
    case .due:
      """
      SELECT due_at, id, number FROM plan WHERE due_list = ? AND due_at <= ? \
      ORDER BY due_at, id LIMIT ?
      """
    case .nextReadyList:
      """
      SELECT due_list FROM plan WHERE due_list > ? AND due_list < ? ORDER BY due_list LIMIT 1
      """
    default: nil
    }
  }

  var planWriteText: String? {
    switch self {
    case .insertPlan:
      """
      INSERT INTO plan (\((Columns.fixed + ["status_group", "status"] + Columns.progress + Columns.derived).list())) \
      VALUES (\((Columns.fixed + ["status_group", "status"] + Columns.progress + Columns.derived).marks))
      """
    case .insertDefinition:
      """
      INSERT INTO plan_definition (\((["plan"] + Columns.definition).list())) \
      VALUES (\((["plan"] + Columns.definition).marks))
      """
    case .saveDocuments:
      """
      INSERT INTO plan_documents (\((["plan"] + Columns.documents).list())) \
      VALUES (\((["plan"] + Columns.documents).marks)) ON CONFLICT (plan) DO UPDATE SET \
      \(Columns.documents.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
      """
    case .removeDocuments: "DELETE FROM plan_documents WHERE plan = ?"
    case .insertProject:
      "INSERT INTO plan_project (project, status_group, id, plan) VALUES (?, ?, ?, ?)"
    case .insertLabel:
      "INSERT INTO plan_label (label, status_group, id, plan) VALUES (?, ?, ?, ?)"
    case .insertDependency:
      "INSERT INTO plan_dependency (parent, round, key, position, plan) VALUES (?, ?, ?, ?, ?)"
    case .saveProgress:
      """
      UPDATE plan SET \((["status"] + Columns.progress + Columns.derived).assignments) \
      WHERE number = ? AND version = ? AND epoch = ? AND status_group = ?
      """
    case .saveProgressAndGroup:
      """
      UPDATE plan SET \((["status", "status_group"] + Columns.progress + Columns.derived).assignments) \
      WHERE number = ? AND version = ? AND epoch = ?
      """
    case .saveProjectGroup: "UPDATE plan_project SET status_group = ? WHERE plan = ?"
    case .saveLabelGroup: "UPDATE plan_label SET status_group = ? WHERE plan = ?"
    case .isRoot: "SELECT 1 FROM plan WHERE id = ? AND parent IS NULL"
    case .removePlans: "DELETE FROM plan WHERE root = ?"
    case .removeEvents: removeText("event")
    case .removeDocumentsOfTree: removeText("plan_documents")
    case .removeDefinitions: removeText("plan_definition")
    case .removeProjects: removeText("plan_project")
    case .removeLabels: removeText("plan_label")
    case .removeDependencies: removeText("plan_dependency")
    default: nil
    }
  }

  /// Returns a statement that removes the rows of a root and its descendants from a table.
  private func removeText(_ table: String) -> String {
    """
    DELETE FROM \(table) WHERE plan IN (SELECT number FROM plan WHERE root = ?)
    """
  }
}
