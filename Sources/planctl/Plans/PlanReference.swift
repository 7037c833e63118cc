import Planwright

/// A plan on a command line: its id, or the beginning of it.
struct PlanReference: Sendable {
  private let prefix: String
  private let subject: String

  /// Throws `UsageError` unless the text can be the beginning of an id.
  init(_ text: String) throws(UsageError) {
    subject = text
    prefix = text.uppercased()
    guard !prefix.isEmpty, (try? Self.id(prefix)) != nil else {
      throw UsageError(
        "'\(text.escaped)' is not a plan's id or the beginning of one; 'planctl list' shows the ids"
      )
    }
  }

  /// Finds the plan.
  ///
  /// Throws `CommandError` when no plan's id begins so (not found), or several do (conflict).
  func find(in snapshot: borrowing PlanSnapshot) throws -> Plan {
    let first = try Self.id(prefix)
    var found: [Plan] = []
    if let plan = try? snapshot.plan(first) { found.append(plan) }
    // Ids are the order of creation: the plans of a prefix follow each other.
    let page = try snapshot.plans(
      matching: PlanQuery(
        order: .oldestFirst, limit: try PageLimit(2), after: PlanCursor(after: first)))
    found += page.rows.filter { $0.id.description.hasPrefix(prefix) }
    guard let plan = found.first else {
      throw CommandError(
        .notFound, "no plan's id begins with '\(subject)'; 'planctl list' shows the ids")
    }
    guard found.count == 1 else {
      throw CommandError(
        .conflict,
        "'\(subject)' is the beginning of \(found[0].id), \(found[1].id) and possibly more; "
          + "write more of it")
    }
    return plan
  }

  /// The smallest id that begins with a text.
  private static func id(_ prefix: String) throws(PlanError) -> Plan.ID {
    try Plan.ID(prefix + String(repeating: "0", count: max(0, 26 - prefix.count)))
  }
}
