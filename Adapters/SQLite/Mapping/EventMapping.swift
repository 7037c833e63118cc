import PlanDomain
import PlanStorage

/// Binding and reading of events, in the order of `Columns.event`.
extension StatementRun {
  mutating func bind(event: PlanEvent) {
    bind(event.sequence)
    bind(event.command.rawValue)
    bind((event.from?.rawValue).map { Int($0) })
    bind(Int(event.to.rawValue))
    bind(event.at.microseconds)
    bind(event.attempt)
    bind(event.epoch)
    let detail = event.detail.map { DetailKind.of($0) }
    bind(detail?.kind.rawValue)
    bind(detail?.text)
    bind(event.by)
    bind(event.note)
  }

  /// Reads an event and its position from a row of a statement that selects events.
  mutating func event() throws(StorageError) -> RecordedEvent {
    let position = integer()
    let plan = Plan.ID(try id("id"))
    let sequence = try count("sequence")
    guard let command = CommandName(rawValue: text()) else { throw damage("command") }
    let from = isNull ? nil : try status("status_before")
    if from == nil { skip(1) }
    let (to, at, attempt, epoch) = (
      try status("status_after"), time(), try count("attempt"), try count("epoch")
    )
    var detail: PlanEvent.Detail?
    if let number = optionalInt() {
      guard let kind = DetailKind(rawValue: number), let read = kind.detail(bytes()) else {
        throw damage("detail")
      }
      detail = read
    } else {
      skip(1)
    }
    let (author, note) = (optionalText(), optionalText())
    return RecordedEvent(
      cursor: EventCursor(position: position),
      event: PlanEvent(
        plan: plan, sequence: sequence, command: command, from: from, to: to, at: at,
        attempt: attempt, epoch: epoch, detail: detail, by: author, note: note))
  }
}

/// The kinds of details of an event; the raw values are stored.
private enum DetailKind: Int {
  case owner = 1
  case reason, failure, children, input, postponed

  static func of(_ detail: PlanEvent.Detail) -> (kind: DetailKind, text: String) {
    switch detail {
    case .owner(let owner): (.owner, owner.description)
    case .reason(let reason): (.reason, reason)
    case .failure(let failure):
      (
        .failure,
        JSONValue.array([
          .string(failure.code.description), .string(failure.message),
          .bool(failure.isRetryable), failure.detail.map { .array([$0]) } ?? .null,
          failure.retryAfter.map { .integer($0.wholeMicroseconds) } ?? .null,
        ]).serialized()
      )
    case .children(let round, let count):
      (.children, JSONValue.array([.integer(Int64(round)), .integer(Int64(count))]).serialized())
    case .input(let bytes): (.input, "\(bytes)")
    case .postponed(let until): (.postponed, "\(until.microseconds)")
    }
  }

  func detail(_ bytes: [UInt8]) -> PlanEvent.Detail? {
    switch self {
    case .owner: (try? LeaseOwner(String(decoding: bytes, as: UTF8.self))).map { .owner($0) }
    case .reason: .reason(String(decoding: bytes, as: UTF8.self))
    case .failure: Self.failure(bytes).map { .failure($0) }
    case .children: Self.children(bytes)
    case .input: Int(String(decoding: bytes, as: UTF8.self)).map { .input(bytes: $0) }
    case .postponed:
      Int64(String(decoding: bytes, as: UTF8.self)).map {
        .postponed(until: Timestamp(microseconds: $0))
      }
    }
  }

  private static func failure(_ bytes: [UInt8]) -> Plan.Failure? {
    guard let parts = try? JSONValue(stored: bytes, field: "detail").arrayValue,
      (4...5).contains(parts.count), let code = parts[0].stringValue.flatMap({ try? Key($0) }),
      let message = parts[1].stringValue, let isRetryable = parts[2].boolValue
    else { return nil }
    return Plan.Failure(
      uncheckedCode: code, message: message, detail: parts[3].arrayValue?.first,
      isRetryable: isRetryable,
      // Schemas before 3 stored four parts.
      retryAfter: parts.dropFirst(4).first?.integerValue.map { .microseconds($0) })
  }

  private static func children(_ bytes: [UInt8]) -> PlanEvent.Detail? {
    guard let parts = try? JSONValue(stored: bytes, field: "detail").arrayValue,
      parts.count == 2, let round = parts[0].integerValue, let count = parts[1].integerValue
    else { return nil }
    return .children(round: Int(round), count: Int(count))
  }
}
