import PlanStorage

/// The statements of pages, which return ids and numbers of plans in order of their ids.
///
/// Each statement only scans indexes. SQLite merges one scan for each of the fourteen groups of
/// statuses; a group that is not requested is bound to NULL, which equals nothing, and costs one
/// lookup. Parameters: ?1 the id to continue from, ?2 the maximum number of rows, ?3 the value of
/// the scope, from ?4 the groups.
extension SQL {
  var pageText: String? {
    switch self {
    case .pageOfAllNewest:
      "SELECT id, number FROM plan WHERE id < ?1 ORDER BY id DESC LIMIT ?2"
    case .pageOfAllOldest:
      "SELECT id, number FROM plan WHERE id > ?1 ORDER BY id LIMIT ?2"
    case .pageOfGroupsNewest: merged("plan", "number", "?3 IS NULL", newestFirst: true)
    case .pageOfGroupsOldest: merged("plan", "number", "?3 IS NULL", newestFirst: false)
    case .pageOfNamespaceNewest: merged("plan", "number", "namespace = ?3", newestFirst: true)
    case .pageOfNamespaceOldest: merged("plan", "number", "namespace = ?3", newestFirst: false)
    case .pageOfActionNewest: merged("plan", "number", "action = ?3", newestFirst: true)
    case .pageOfActionOldest: merged("plan", "number", "action = ?3", newestFirst: false)
    case .pageOfProjectNewest:
      merged("plan_project", "plan", "project = ?3", newestFirst: true)
    case .pageOfProjectOldest:
      merged("plan_project", "plan", "project = ?3", newestFirst: false)
    case .pageOfLabelNewest: merged("plan_label", "plan", "label = ?3", newestFirst: true)
    case .pageOfLabelOldest: merged("plan_label", "plan", "label = ?3", newestFirst: false)
    case .pageOfTreeNewest: family("root", newestFirst: true)
    case .pageOfTreeOldest: family("root", newestFirst: false)
    case .pageOfChildrenNewest: family("parent", newestFirst: true)
    case .pageOfChildrenOldest: family("parent", newestFirst: false)
    case .countOfGroup: "SELECT count(*) FROM plan WHERE ?1 IS NULL AND status_group = ?2"
    case .countOfNamespace: "SELECT count(*) FROM plan WHERE namespace = ?1 AND status_group = ?2"
    case .countOfAction: "SELECT count(*) FROM plan WHERE action = ?1 AND status_group = ?2"
    case .countOfProject:
      "SELECT count(*) FROM plan_project WHERE project = ?1 AND status_group = ?2"
    case .countOfLabel:
      "SELECT count(*) FROM plan_label WHERE label = ?1 AND status_group = ?2"
    case .statusesOfTree: "SELECT status FROM plan WHERE root = ?"
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
  private func family(_ column: String, newestFirst: Bool) -> String {
    let marks = StatusGroup.allCases.indices.map { "?\(4 + $0)" }.joined(separator: ", ")
    return """
      SELECT id, number FROM plan WHERE \(column) = ?3 AND id \(newestFirst ? "<" : ">") ?1 \
      AND +status_group IN (\(marks)) ORDER BY id \(newestFirst ? "DESC " : "")LIMIT ?2
      """
  }
}
