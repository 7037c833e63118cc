import PlanDomain
import PlanStorage

extension PlanProgress {
  /// The values of `Columns.progress`.
  var values: [PostgreSQLValue] {
    var values: [PostgreSQLValue] = [
      .int(Int(status.rawValue)), .int(version), .int(attempt), .int(reversionCount), .int(epoch),
      .text(lease?.owner.description), .time(lease?.expiresAt), .time(lease?.end),
      .time(readyAt), .int(unmetDependencies), .time(updatedAt),
    ]
    for phase in PlanPhase.allCases {
      let times = self[times: phase]
      values += [.time(times.queuedAt), .time(times.startedAt), .time(times.endedAt)]
    }
    guard let round else { return values + Array(repeating: .null, count: 7) }
    values += [
      .int(round.number), .text(round.schedule.mode.rawValue), .int(round.schedule.maxParallel),
      .bool(round.schedule.failFast), .int(round.total), .int(round.ended), .int(round.holding),
    ]
    return values
  }
}

extension PostgreSQLValue {
  static func time(_ time: Timestamp?) -> PostgreSQLValue { .int(time?.microseconds) }

  static func id(_ id: Plan.ID) -> PostgreSQLValue { .id(id.ulid) }

  /// The text of a JSON document; NULL for nil.
  static func document(_ document: JSONValue?) -> PostgreSQLValue {
    .text(document?.serialized())
  }
}

extension RowReader {
  /// Reads the values of `Columns.progress` and the documents after them.
  mutating func progress() throws(StorageError) -> PlanProgress {
    let (status, version, attempt) = (try status(), try count(), try count())
    let (reversions, epoch) = (try count(), try count())
    let owner: LeaseOwner? = try optionalShort()
    let (expiry, end) = (try optionalTime(), try optionalTime())
    let lease = owner.flatMap { owner in
      expiry.map { Lease(owner: owner, expiresAt: $0, end: end) }
    }
    let (readyAt, unmet, updatedAt) = (try optionalTime(), try count(), try time())
    let times = (try phaseTimes(), try phaseTimes(), try phaseTimes())
    let round = try round()
    let documents = try optionalDocument { (document) throws(StorageError) in
      try PlanDocuments(portable: document)
    }
    return PlanProgress(
      status: status, version: version, attempt: attempt, reversionCount: reversions, epoch: epoch,
      lease: lease, readyAt: readyAt, unmetDependencies: unmet, updatedAt: updatedAt, times: times,
      documents: documents, round: round)
  }

  private mutating func phaseTimes() throws(StorageError) -> PhaseTimes {
    PhaseTimes(
      queuedAt: try optionalTime(), startedAt: try optionalTime(), endedAt: try optionalTime())
  }

  private mutating func round() throws(StorageError) -> ChildRound? {
    if isNull {
      skip(7)
      return nil
    }
    let number = try count()
    guard let mode = ChildSchedule.Mode(rawValue: try text()) else { throw damage }
    let (width, failFast) = (try integer(), try bool())
    guard
      let schedule = try? ChildSchedule(
        mode: mode, maxParallel: Int(clamping: width), failFast: failFast)
    else { throw damage }
    return ChildRound(
      number: number, schedule: schedule, total: try count(), ended: try count(),
      holding: try count())
  }
}
