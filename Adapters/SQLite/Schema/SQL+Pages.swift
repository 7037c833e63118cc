import PlanStorage

/// The statements of pages, which return ids and numbers of plans in order of their ids.
///
/// Each statement only scans indexes. SQLite merges one scan for each of the fourteen groups of
/// statuses; a group that is not requested is bound to NULL, which equals nothing, and costs one
/// lookup. Parameters: ?1 the id to continue from, ?2 the maximum number of rows, ?3 the value of
/// the scope, from ?4 the groups. The lists of several actions are merged by `ListMerge`.
extension SQL {
  var pageText: String? {
    switch self {
    case .pageOfAllNewest:
      "SELECT id, number FROM plan WHERE id < ?1 ORDER BY id DESC LIMIT ?2"
    case .pageOfAllOldest:
      "SELECT id, number FROM plan WHERE id > ?1 ORDER BY id LIMIT ?2"
    case .pageOfActionNewest: merged("plan", "number", "action = ?3", newestFirst: true)
    case .pageOfActionOldest: merged("plan", "number", "action = ?3", newestFirst: false)
    case .pageOfProjectNewest:
      merged("plan_project", "plan", "project = ?3", newestFirst: true)
    case .pageOfProjectOldest:
      merged("plan_project", "plan", "project = ?3", newestFirst: false)
    case .pageOfLabelNewest: merged("plan_label", "plan", "label = ?3", newestFirst: true)
    case .pageOfLabelOldest: merged("plan_label", "plan", "label = ?3", newestFirst: false)
    case .pageOfTreeNewest: family(["id = ?3 AND parent IS NULL", "root = ?3"], newestFirst: true)
    case .pageOfTreeOldest: family(["id = ?3 AND parent IS NULL", "root = ?3"], newestFirst: false)
    case .pageOfChildrenNewest: family(["parent = ?3"], newestFirst: true)
    case .pageOfChildrenOldest: family(["parent = ?3"], newestFirst: false)
    case .listsNewest: lists(ofNamespace: false, newestFirst: true)
    case .listsOldest: lists(ofNamespace: false, newestFirst: false)
    case .listsOfNamespaceNewest: lists(ofNamespace: true, newestFirst: true)
    case .listsOfNamespaceOldest: lists(ofNamespace: true, newestFirst: false)
    case .listNewest:
      """
      SELECT id, number FROM plan WHERE action = ? AND status_group = ? AND id < ? \
      ORDER BY id DESC LIMIT ?
      """
    case .listOldest:
      """
      SELECT id, number FROM plan WHERE action = ? AND status_group = ? AND id > ? \
      ORDER BY id LIMIT ?
      """
    case .countsOfAll: "SELECT status_group, count FROM plan_count WHERE action > ?"
    case .countsOfNamespace:
      """
      SELECT c.status_group, c.count FROM action a CROSS JOIN plan_count c ON c.action = a.number \
      WHERE a.namespace = ?
      """
    case .countsOfAction: "SELECT status_group, count FROM plan_count WHERE action = ?"
    case .saveCount:
      """
      INSERT INTO plan_count (action, status_group, count) VALUES (?, ?, ?) \
      ON CONFLICT (action, status_group) DO UPDATE SET count = count + excluded.count
      """
    case .countOfProject:
      "SELECT count(*) FROM plan_project WHERE project = ?1 AND status_group = ?2"
    case .countOfLabel:
      "SELECT count(*) FROM plan_label WHERE label = ?1 AND status_group = ?2"
    case .statusesOfTree:
      """
      SELECT status FROM plan WHERE id = ?1 AND parent IS NULL \
      UNION ALL SELECT status FROM plan WHERE root = ?1
      """
    case .statusesOfChildren: "SELECT status FROM plan WHERE parent = ?"
    default: nil
    }
  }

  private func merged(
    _ table: String, _ number: String, _ scope: String, newestFirst: Bool
  ) -> String {
    let scans = StatusGroup.allCases.indices.map { position in
      """
      SELECT id, \(number) FROM \(table) \
      WHERE \(scope) AND status_group = ?\(4 + position) AND id \(newestFirst ? "<" : ">") ?1
      """
    }
    return """
      \(scans.joined(separator: " UNION ALL ")) ORDER BY id \(newestFirst ? "DESC " : "")LIMIT ?2
      """
  }

  /// Returns a statement that filters the groups row by row, because trees are limited in size.
  private func family(_ conditions: [String], newestFirst: Bool) -> String {
    let marks = StatusGroup.allCases.indices.map { "?\(4 + $0)" }.joined(separator: ", ")
    let scans = conditions.map { condition in
      """
      SELECT id, number FROM plan WHERE \(condition) AND id \(newestFirst ? "<" : ">") ?1 \
      AND +status_group IN (\(marks))
      """
    }
    return """
      \(scans.joined(separator: " UNION ALL ")) ORDER BY id \(newestFirst ? "DESC " : "")LIMIT ?2
      """
  }

  /// Returns a statement that finds the lists with a plan after an id, each with the first one.
  ///
  /// A list is the plans of an action in a group. Parameters: the id, a bit for each group that is
  /// requested, and the number of the namespace, or 0 for all actions.
  private func lists(ofNamespace: Bool, newestFirst: Bool) -> String {
    let first = """
      (SELECT id FROM plan WHERE action = c.action AND status_group = c.status_group \
      AND id \(newestFirst ? "<" : ">") ?1 ORDER BY id \(newestFirst ? "DESC " : "")LIMIT 1)
      """
    let scope =
      ofNamespace
      ? "action a CROSS JOIN plan_count c ON c.action = a.number WHERE a.namespace = ?3"
      : "plan_count c WHERE c.action > ?3"
    return """
      SELECT c.action, c.status_group, \(first) FROM \(scope) \
      AND c.count > 0 AND (?2 >> c.status_group) & 1
      """
  }
}
