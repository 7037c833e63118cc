import PlanDomain
package import PlanStorage

extension StorageEngine {
  /// The results of every kind of read on a small store, as one text.
  package func contentsDescription() throws -> String { try contents().description }

  /// The results of every kind of read on a small store; comparing them is faster than the text.
  func contents() throws -> ReadResult { try read { try $0.contents() } }
}

extension ReadSession {
  /// The results of every kind of read on a small store.
  func contents() throws -> ReadResult {
    let plans = try plans(matching: PlanQuery(limit: .largest)).rows
    var (events, lines) = ([PlanEvent](), [String]())
    for plan in plans {
      events += try self.events(of: plan.id, after: 0, limit: .max)
      lines += try relatives(of: plan)
      if let key = plan.definition.idempotencyKey {
        let found = try self.plan(of: plan.definition.action.name, idempotencyKey: key)
        lines.append("\(key): \(found.map { "\($0.id)" } ?? "nothing")")
      }
    }
    let actors = Set(plans.map(\.actor)).sorted()
    let counts = try counts(in: .all)
    lines += [
      "counts \(PlanStatus.allCases.map { counts[$0] })",
      "ready \(try readyPlans(for: actors, at: .far, limit: 999).map(\.id))",
      "actors \(try queuedActors(after: nil, limit: 99))",
      "next ready \(String(describing: try nextReadyAt(for: actors)))",
      "leases \(try expiredLeases(at: .far, limit: 999).map(\.id))",
      "next expiry \(String(describing: try nextLeaseExpiry()))",
      "final \(try finalRoots(endedBefore: .far, limit: 999).map(\.id))",
      "removed trees \(try feedState().purges)",
    ]
    for label in Set(plans.flatMap(\.labels)).sorted(by: { $0.description < $1.description }) {
      let query = PlanQuery(PlanFilter(label: label), limit: .largest)
      let counts = try self.counts(in: .label(label))
      lines.append("\(label): \(try self.plans(matching: query).rows.map(\.id))")
      lines.append("counts \(PlanStatus.allCases.map { counts[$0] })")
    }
    lines += try feed().map { "feed \($0.plan) \($0.sequence)" }
    return ReadResult(
      plans, actions: try actions(matching: ActionQuery(limit: .largest)).rows, events: events,
      rest: lines.joined(separator: "\n    "))
  }

  /// The ids of a plan's children: one line for each read of children.
  private func relatives(of plan: Plan) throws -> [String] {
    try (1...2).flatMap { round in
      let keys = try ["a", "b", "c0", "c1"].map { try Key($0) }
      return [
        "\(try children(of: plan.id, round: round).map(\.id))",
        "\(try startableChildren(of: plan.id, round: round, limit: 99).map(\.id))",
      ]
        + (try keys.map {
          "\(try dependents(on: $0, parent: plan.id, round: round).map(\.id))"
        })
    }
  }

  /// All events of the feed, read in parts.
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

extension Plan {
  /// The labels of the plan, in no order.
  fileprivate var labels: [Label] { definition.labels.map { Label($0.key, $0.value) } }
}
