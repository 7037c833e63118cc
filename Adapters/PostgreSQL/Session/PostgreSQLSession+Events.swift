import PlanDomain
import PlanStorage

extension PostgreSQLSession {
  func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    try checkInside("reading")
    // In a unit of work under the lock of the plan's tree.
    if isWritable, try planRow(plan, "reading") == nil { return [] }
    let rows = try rows(
      "reading", SQL.eventsOfPlan,
      [.id(plan), .int(max(0, sequence)), .int(max(0, limit))], withEvents: true)
    var events: [PlanEvent] = []
    events.reserveCapacity(rows.count)
    for row in 0..<rows.count {
      var reader = RowReader(rows, row, from: 1)
      events.append(try reader.event())
    }
    return events
  }

  func events(after cursor: EventCursor, limit: Int) throws(StorageError) -> [RecordedEvent] {
    let rows = try feedRows(SQL.eventsOfAll, [.int(cursor.position), .int(max(0, limit))])
    var events: [RecordedEvent] = []
    events.reserveCapacity(rows.count)
    for row in 0..<rows.count {
      var reader = RowReader(rows, row)
      let position = try reader.integer()
      events.append(
        RecordedEvent(cursor: EventCursor(position: position), event: try reader.event()))
    }
    return events
  }

  func feedState() throws(StorageError) -> FeedState {
    let rows = try feedRows(SQL.feedState, [])
    let (latest, removed, purges) = (
      try rows.int(0, 0), try rows.int(0, 1), try rows.int(0, 2)
    )
    guard removed >= 0, purges >= 0 else { throw rows.damage(1) }
    return FeedState(latest: latest, removed: removed, purges: purges)
  }

  /// Reads the feed; a unit of work sees all positions, because no other one writes.
  private func feedRows(
    _ statement: PostgreSQLStatement, _ values: [PostgreSQLValue]
  ) throws(StorageError) -> PostgreSQLRows {
    try needExclusive("reading", readsFeed: true)
    var commands = [PostgreSQLCommand(statement, values)]
    if isWritable {
      commands.insert(PostgreSQLCommand(SQL.unlimitedHorizon), at: 0)
    }
    guard let rows = try run("reading", commands, withEvents: true).last else {
      throw StorageError(.inputOutput, operation: "reading", subject: "the feed")
    }
    return rows
  }
}
