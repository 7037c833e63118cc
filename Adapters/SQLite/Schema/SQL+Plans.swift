extension SQL {
  /// Selects all columns of a plan; long texts are in other tables.
  private static let plan = """
    SELECT number, \(Columns.fixed.list()), status, \(Columns.progress.list()), \
    \(Columns.definition.list()), documents, \(Columns.documents.list()) FROM plan
    """

  var planReadText: String? {
    switch self {
    case .planByID: "\(Self.plan) WHERE id = ?"
    case .planByNumber: "\(Self.plan) WHERE number = ?"
    case .planByUse: "\(Self.plan) WHERE action = ? AND idempotency_key = ?"
    case .children: "\(Self.plan) WHERE parent = ? AND round = ? ORDER BY position"
    case .startable:
      """
      \(Self.plan) WHERE is_startable = 1 AND parent = ? AND round = ? ORDER BY position LIMIT ?
      """
    case .dependents:
      """
      SELECT plan FROM plan_dependency WHERE parent = ? AND round = ? AND key = ? ORDER BY position
      """
    case .planNumber: "SELECT number FROM plan WHERE id = ?"
    case .definitionOfPlan:
      "SELECT \(Columns.definition.list()) FROM plan_definition WHERE plan = ?"
    case .documentsOfPlan:
      "SELECT \(Columns.documents.list()) FROM plan_documents WHERE plan = ?"
    case .due:
      """
      SELECT due_at, id, number FROM plan WHERE due_list = ? AND due_at <= ? \
      ORDER BY due_at, id LIMIT ?
      """
    case .actorNumber: "SELECT number FROM actor WHERE name = ?"
    case .queuedActors:
      """
      SELECT name FROM actor WHERE name > ? AND \
      EXISTS (SELECT 1 FROM plan WHERE due_list = actor.number) ORDER BY name LIMIT ?
      """
    default: nil
    }
  }

  var planWriteText: String? {
    switch self {
    case .insertPlan:
      "INSERT INTO plan (\(Columns.plan.list())) VALUES (\(Columns.plan.marks))"
    case .insertDefinition:
      """
      INSERT INTO plan_definition (\((["plan"] + Columns.definition).list())) \
      VALUES (\((["plan"] + Columns.definition).marks))
      """
    case .insertDocuments:
      """
      INSERT INTO plan_documents (\((["plan"] + Columns.documents).list())) \
      VALUES (\((["plan"] + Columns.documents).marks)) ON CONFLICT (plan) DO UPDATE SET \
      \(Columns.documents.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
      """
    case .insertActor: "INSERT INTO actor (name) VALUES (?)"
    case .removeDocuments: "DELETE FROM plan_documents WHERE plan = ?"
    case .insertProject:
      "INSERT INTO plan_project (project, status_group, id, plan) VALUES (?, ?, ?, ?)"
    case .insertLabel:
      "INSERT INTO plan_label (label, status_group, id, plan) VALUES (?, ?, ?, ?)"
    case .insertDependency:
      "INSERT INTO plan_dependency (parent, round, key, position, plan) VALUES (?, ?, ?, ?, ?)"
    case .saveProgress: saveText(movesPlan: false, documents: false)
    case .saveProgressAndGroup: saveText(movesPlan: true, documents: false)
    case .saveProgressAndDocuments: saveText(movesPlan: false, documents: true)
    case .saveProgressGroupAndDocuments: saveText(movesPlan: true, documents: true)
    case .saveProjectGroup: "UPDATE plan_project SET status_group = ? WHERE plan = ?"
    case .saveLabelGroup: "UPDATE plan_label SET status_group = ? WHERE plan = ?"
    case .listsOfTree:
      """
      SELECT action, status_group FROM plan WHERE id = ?1 \
      UNION ALL SELECT action, status_group FROM plan WHERE root = ?1
      """
    case .isRoot: "SELECT 1 FROM plan WHERE id = ? AND parent IS NULL"
    case .removeDescendants: "DELETE FROM plan WHERE root = ?"
    case .removePlan: "DELETE FROM plan WHERE id = ?"
    case .removeDocumentsOfTree: removeText("plan_documents")
    case .removeDefinitions: removeText("plan_definition")
    case .removeProjects: removeText("plan_project")
    case .removeLabels: removeText("plan_label")
    case .removeDependencies: removeText("plan_dependency")
    default: nil
    }
  }

  /// Returns the statement that writes the row of a plan.
  ///
  /// With the group of the status or the documents only if they change: an index that contains a
  /// column is written whenever a statement assigns the column.
  static func save(movesPlan: Bool, documents: Bool) -> SQL {
    switch (movesPlan, documents) {
    case (false, false): .saveProgress
    case (true, false): .saveProgressAndGroup
    case (false, true): .saveProgressAndDocuments
    case (true, true): .saveProgressGroupAndDocuments
    }
  }

  private func saveText(movesPlan: Bool, documents: Bool) -> String {
    let columns =
      ["status"] + (movesPlan ? ["status_group"] : []) + Columns.progress + Columns.derived
    return """
      UPDATE plan SET \(columns.assignments), last_event = coalesce(?, last_event)\
      \(documents ? ", " + Columns.savedDocuments.assignments : "") \
      WHERE number = ? AND version = ? AND epoch = ?
      """
  }

  /// Returns a statement that removes the rows of a root and its descendants from a table.
  private func removeText(_ table: String) -> String {
    """
    DELETE FROM \(table) WHERE plan IN (\
    SELECT number FROM plan WHERE id = ?1 UNION ALL SELECT number FROM plan WHERE root = ?1)
    """
  }
}
