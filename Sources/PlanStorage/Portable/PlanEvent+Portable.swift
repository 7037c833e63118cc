package import PlanDomain

extension PlanEvent {
  /// The event as a JSON document with every field, for stores that keep text.
  package var portable: JSONValue {
    var members: [JSONObject.Member] = [
      ("plan", .string("\(plan)")), ("sequence", JSONValue(sequence)),
      ("command", .string(command.rawValue)), ("from", JSONValue(from?.description)),
      ("to", .string(to.description)), ("at", JSONValue(at)), ("attempt", JSONValue(attempt)),
      ("epoch", JSONValue(epoch)),
    ]
    switch detail {
    case nil: break
    case .owner(let owner): members.append(("owner", .string(owner.description)))
    case .reason(let reason): members.append(("reason", .string(reason)))
    case .failure(let failure): members.append(("failure", failure.portable))
    case .children(let round, let count):
      members.append(("children", .array([JSONValue(round), JSONValue(count)])))
    case .input(let bytes): members.append(("inputBytes", JSONValue(bytes)))
    case .postponed(let until): members.append(("postponedUntil", JSONValue(until)))
    }
    if let by { members.append(("by", .string(by))) }
    if let note { members.append(("note", .string(note))) }
    return .members(members)
  }

  /// Creates an event from a document that `portable` returned.
  ///
  /// Throws `corrupt`, which names the invalid member.
  package init(portable value: JSONValue) throws(StorageError) {
    let reader = PortableReader(value, "event")
    self.init(
      plan: try reader.planID("plan"), sequence: try reader.int("sequence"),
      command: try reader.get("command") { $0.stringValue.flatMap(CommandName.init(rawValue:)) },
      from: try reader.maybe("from", PlanStatus.init(portable:)),
      to: try reader.get("to", PlanStatus.init(portable:)), at: try reader.time("at"),
      attempt: try reader.int("attempt"), epoch: try reader.int("epoch"),
      detail: try Self.detail(reader), by: try reader.maybe("by", \.stringValue),
      note: try reader.maybe("note", \.stringValue))
  }

  private static func detail(_ reader: PortableReader) throws(StorageError) -> Detail? {
    if let owner: LeaseOwner = try reader.optionalShort("owner") { return .owner(owner) }
    if let reason = try reader.maybe("reason", \.stringValue) { return .reason(reason) }
    if let failure = try reader.maybe("failure", Plan.Failure.init(portable:)) {
      return .failure(failure)
    }
    if let bytes = try reader.maybe("inputBytes", \.int) { return .input(bytes: bytes) }
    if let until = try reader.maybe("postponedUntil", Timestamp.init(portable:)) {
      return .postponed(until: until)
    }
    return try reader.maybe("children") { value in
      guard let numbers = value.arrayValue?.compactMap(\.int), numbers.count == 2 else {
        return nil
      }
      return .children(round: numbers[0], count: numbers[1])
    }
  }
}

extension PlanStatus {
  init?(portable value: JSONValue) {
    guard let status = value.stringValue.flatMap({ PlanStatus($0) }) else { return nil }
    self = status
  }
}
