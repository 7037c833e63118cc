package import PlanDomain

extension PlanProgress {
  /// The changing part of a plan as a JSON document with every field, for stores that keep text.
  package var portable: JSONValue {
    var members: [JSONObject.Member] = [
      ("status", .string(status.description)), ("version", JSONValue(version)),
      ("attempt", JSONValue(attempt)), ("reversionCount", JSONValue(reversionCount)),
      ("epoch", JSONValue(epoch)), ("readyAt", JSONValue(readyAt)),
      ("unmetDependencies", JSONValue(unmetDependencies)), ("updatedAt", JSONValue(updatedAt)),
      (
        "times",
        .array(PlanPhase.allCases.map { self[times: $0].portable })
      ),
    ]
    if let lease {
      let owner = JSONValue.string(lease.owner.description)
      let end = lease.end.map { [JSONValue($0)] } ?? []
      members.append(("lease", .array([owner, JSONValue(lease.expiresAt)] + end)))
    }
    if let documents { members.append(("documents", documents.portable)) }
    if let round { members.append(("round", round.portable)) }
    return .members(members)
  }

  /// Creates the changing part of a plan from a document that `portable` returned.
  ///
  /// Throws `corrupt`, which names the invalid member.
  package init(portable value: JSONValue) throws(StorageError) {
    let reader = PortableReader(value, "plan.progress")
    let times = try reader.list("times", PhaseTimes.init(portable:))
    guard times.count == PlanPhase.allCases.count else { throw reader.wrong("times") }
    var documents: PlanDocuments?
    if let part = reader.part("documents") { documents = try PlanDocuments(part) }
    var round: ChildRound?
    if let part = reader.part("round") { round = try ChildRound(part) }
    self.init(
      status: try reader.get("status", PlanStatus.init(portable:)),
      version: try reader.int("version"), attempt: try reader.int("attempt"),
      reversionCount: try reader.int("reversionCount"), epoch: try reader.int("epoch"),
      lease: try reader.maybe("lease", Lease.init(portable:)),
      readyAt: try reader.maybe("readyAt", Timestamp.init(portable:)),
      unmetDependencies: try reader.int("unmetDependencies"),
      updatedAt: try reader.time("updatedAt"), times: (times[0], times[1], times[2]),
      documents: documents, round: round)
  }
}

extension Lease {
  fileprivate init?(portable value: JSONValue) throws {
    guard let parts = value.arrayValue, (2...3).contains(parts.count),
      let owner = try parts[0].short(LeaseOwner.self),
      let expiry = Timestamp(portable: parts[1])
    else { return nil }
    let end = parts.count == 3 ? Timestamp(portable: parts[2]) : nil
    guard parts.count == 2 || end != nil else { return nil }
    self.init(owner: owner, expiresAt: expiry, end: end)
  }
}

extension PlanDocuments {
  /// The documents of a plan as a JSON document with every field.
  package var portable: JSONValue {
    var members: [JSONObject.Member] = []
    for phase in PlanPhase.allCases {
      if let result = result(of: phase) { members.append((phase.rawValue, .array([result]))) }
    }
    if let checkpoint {
      members.append(
        ("checkpoint", .array([.string(checkpoint.step.description), checkpoint.data])))
    }
    if let failure { members.append(("failure", failure.portable)) }
    if let input { members.append(("input", .array([input]))) }
    if let report { members.append(("report", .string(report))) }
    return .members(members)
  }

  /// Creates the documents of a plan from a document that `portable` returned.
  ///
  /// Throws `corrupt`, which names the invalid member.
  package convenience init(portable value: JSONValue) throws(StorageError) {
    try self.init(PortableReader(value, "plan.progress.documents"))
  }

  fileprivate convenience init(_ reader: PortableReader) throws(StorageError) {
    // A list of one element, so that a document of null differs from no document.
    func document(_ key: String) throws(StorageError) -> JSONValue? {
      try reader.maybe(key) { $0.arrayValue?.first }
    }
    self.init(
      strategize: try document(PlanPhase.strategize.rawValue),
      execute: try document(PlanPhase.execute.rawValue),
      apply: try document(PlanPhase.apply.rawValue),
      checkpoint: try reader.maybe("checkpoint", Plan.Checkpoint.init(portable:)),
      failure: try reader.maybe("failure", Plan.Failure.init(portable:)),
      input: try document("input"), report: try reader.maybe("report") { $0.stringValue })
  }
}

extension Plan.Checkpoint {
  fileprivate init?(portable value: JSONValue) throws {
    guard let parts = value.arrayValue, parts.count == 2,
      let step = try parts[0].short(Key.self)
    else { return nil }
    try self.init(step: step, data: parts[1])
  }
}

extension ChildRound {
  fileprivate var portable: JSONValue {
    [
      "number": JSONValue(number), "mode": .string(schedule.mode.rawValue),
      "maxParallel": JSONValue(schedule.maxParallel), "failFast": .bool(schedule.failFast),
      "total": JSONValue(total), "ended": JSONValue(ended), "holding": JSONValue(holding),
    ]
  }

  fileprivate init(_ reader: PortableReader) throws(StorageError) {
    let (mode, failFast) = (
      try reader.get("mode") { $0.stringValue.flatMap(ChildSchedule.Mode.init(rawValue:)) },
      try reader.bool("failFast")
    )
    let schedule = try reader.get("maxParallel") { value in
      try value.int.map { try ChildSchedule(mode: mode, maxParallel: $0, failFast: failFast) }
    }
    self.init(
      number: try reader.int("number"), schedule: schedule, total: try reader.int("total"),
      ended: try reader.int("ended"), holding: try reader.int("holding"))
  }
}
