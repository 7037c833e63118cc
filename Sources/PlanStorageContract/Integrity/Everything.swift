import PlanDomain
package import PlanStorage

extension StorageEngine {
  /// All that a small store shows, through every read there is, as one text.
  package func everything() throws -> String {
    try read { try $0.everything() }
  }
}

extension ReadSession {
  /// All that a small store shows, through every read there is, as one text.
  func everything() throws -> String {
    var lines: [String] = []
    let plans = try plans(matching: PlanQuery(limit: .largest)).rows
    for plan in plans {
      lines.append(plan.portable.serialized())
      lines += try events(of: plan.id, after: 0, limit: .max).map {
        $0.portable.serialized()
      }
      for round in 1...2 {
        lines.append("\(try children(of: plan.id, round: round).map(\.id))")
        lines.append(
          "\(try startableChildren(of: plan.id, round: round, limit: 99).map(\.id))")
        for key in try ["a", "b", "c0", "c1"].map({ try Key($0) }) {
          lines.append(
            "\(try dependents(on: key, parent: plan.id, round: round).map(\.id))")
        }
      }
      if let key = plan.definition.idempotencyKey {
        let found = try self.plan(of: plan.definition.terms.action, idempotencyKey: key)
        lines.append("\(key): \(found.map { "\($0.id)" } ?? "nothing")")
      }
    }
    for action in try actions(matching: ActionQuery(limit: .largest)).rows {
      lines.append(action.portable.serialized())
    }
    let actors = Set(plans.map(\.actor)).sorted()
    let counts = try counts(in: .all)
    lines += [
      "counts \(PlanStatus.allCases.map { counts[$0] })",
      "ready \(try readyPlans(for: actors, at: .far, limit: 999).map(\.id))",
      "next ready \(String(describing: try nextReadyAt(for: actors)))",
      "leases \(try expiredLeases(at: .far, limit: 999).map(\.id))",
      "next expiry \(String(describing: try nextLeaseExpiry()))",
      "final \(try finalRoots(endedBefore: .far, limit: 999).map(\.id))",
    ]
    lines += try feed().map { "feed \($0.plan) \($0.sequence)" }
    return lines.joined(separator: "\n")
  }

  /// The whole feed, in parts.
  private func feed() throws -> [PlanEvent] {
    var (events, cursor) = ([PlanEvent](), EventCursor.start)
    while true {
      let part = try self.events(after: cursor, limit: 250)
      guard let last = part.last, last.cursor > cursor else { return events }
      events += part.map(\.event)
      cursor = last.cursor
    }
  }
}
