import PlanDomain
import PlanStorage

extension SQLiteSession {
  func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    let connection = try connection("reading")
    guard limit > 0, let chain = try connection.eventChain(of: plan) else { return [] }
    var position = chain.latest
    let sequence = max(0, sequence)
    // The last sequence of the page; the events of a long history after it are not read.
    let (last, isBeyond) = sequence.addingReportingOverflow(limit)
    if !isBeyond {
      var query = try connection.query(.eventOfSixteen)
      query.bind(chain.plan)
      query.bind(last)
      if try query.next() { position = query.integer() }
    }
    var events: [PlanEvent] = []
    var expected: Int?
    while let read = position {
      let (event, previous) = try connection.event(at: read, of: plan, numbered: chain.plan)
      guard event.sequence == expected ?? event.sequence, (previous == nil) == (event.sequence == 1)
      else { throw connection.brokenChain(of: plan) }
      if event.sequence <= sequence { break }
      if isBeyond || event.sequence <= last { events.append(event) }
      expected = event.sequence - 1
      position = event.sequence - 1 > sequence ? previous : nil
    }
    events.reverse()
    return events
  }

  func events(after cursor: EventCursor, limit: Int) throws(StorageError) -> [RecordedEvent] {
    var query = try connection("reading").query(.eventsOfAll)
    query.bind(cursor.position)
    query.bind(max(0, limit))
    var events: [RecordedEvent] = []
    while try query.next() { events.append(try query.event()) }
    return events
  }

  func feedState() throws(StorageError) -> FeedState {
    var query = try connection("reading").query(.feedState)
    guard try query.next() else { throw query.damage("feed") }
    let (latest, removed, purges) = (
      query.optionalInteger() ?? 0, query.integer(), query.integer()
    )
    guard removed >= 0, purges >= 0 else { throw query.damage("feed") }
    return FeedState(latest: latest, removed: removed, purges: purges)
  }
}

extension SQLiteConnection {
  /// Returns the number of a plan and the position of its latest event, from which each event leads
  /// to the one before it; nil when the plan is not stored.
  fileprivate func eventChain(
    of plan: Plan.ID
  ) throws(StorageError) -> (plan: Int64, latest: Int64?)? {
    var query = try query(.eventChain)
    query.bind(plan.ulid)
    return try query.next() ? (query.integer(), query.optionalInteger()) : nil
  }

  /// Returns the event at a position and the position of the plan's event before it.
  ///
  /// Throws `corrupt` when it is not an event of the plan.
  fileprivate func event(
    at position: Int64, of plan: Plan.ID, numbered number: Int64
  ) throws(StorageError) -> (event: PlanEvent, previous: Int64?) {
    var query = try query(.eventOfPlan)
    query.bind(position)
    query.bind(plan.ulid)
    guard try query.next(), query.optionalInteger() == number else { throw brokenChain(of: plan) }
    let previous = query.optionalInteger()
    return (try query.event().event, previous)
  }

  fileprivate func brokenChain(of plan: Plan.ID) -> StorageError {
    StorageError(
      .corrupt, operation: "reading", subject: subject,
      reason: "the events of plan \(plan) do not lead from the latest to the first")
  }
}
