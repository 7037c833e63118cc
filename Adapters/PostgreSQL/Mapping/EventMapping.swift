import PlanDomain
import PlanStorage

extension PlanEvent {
  /// The values of `Columns.event`.
  ///
  /// The server stores no text with a zero byte, so texts that may contain one are written as JSON.
  var values: [PostgreSQLValue] {
    let detail = detail.map { DetailKind.of($0) }
    let isSigned = by != nil || note != nil
    return [
      .id(plan), .int(sequence), .text(command.rawValue), .int((from?.rawValue).map { Int($0) }),
      .int(Int(to.rawValue)), .time(at), .int(attempt), .int(epoch),
      .int((detail?.kind.rawValue).map { Int($0) }), .text(detail?.value.serialized()),
      .document(isSigned ? .array([text(by), text(note)]) : nil),
    ]
  }

  private func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}

extension RowReader {
  /// Reads the values of `Columns.event`.
  mutating func event() throws(StorageError) -> PlanEvent {
    let (plan, sequence) = (Plan.ID(try id()), try count())
    guard let command = CommandName(rawValue: try text()) else { throw damage }
    var from: PlanStatus?
    if isNull { skip(1) } else { from = try status() }
    let (to, at, attempt, epoch) = (try status(), try time(), try count(), try count())
    let kind = try optionalInteger()
    var detail: PlanEvent.Detail?
    if let kind {
      guard let known = DetailKind(rawValue: kind) else { throw damage }
      let value = try document()
      guard let read = known.detail(value) else { throw damage }
      detail = read
    } else {
      skip(1)
    }
    let signature = try signature()
    return PlanEvent(
      plan: plan, sequence: sequence, command: command, from: from, to: to, at: at,
      attempt: attempt, epoch: epoch, detail: detail, by: signature.by, note: signature.note)
  }

  private mutating func signature() throws(StorageError) -> (by: String?, note: String?) {
    guard let signature = try optionalDocument() else { return (nil, nil) }
    guard let parts = signature.arrayValue, parts.count == 2 else { throw damage }
    return (parts[0].stringValue, parts[1].stringValue)
  }
}

/// The kinds of details of an event; the raw values are stored.
private enum DetailKind: Int64 {
  case owner = 1
  case reason, failure, children, input, postponed

  static func of(_ detail: PlanEvent.Detail) -> (kind: DetailKind, value: JSONValue) {
    switch detail {
    case .owner(let owner): (.owner, .string(owner.description))
    case .reason(let reason): (.reason, .string(reason))
    case .failure(let failure):
      (
        .failure,
        .array([
          .string(failure.code.description), .string(failure.message), .bool(failure.isRetryable),
          failure.detail.map { .array([$0]) } ?? .null,
          failure.retryAfter.map { .integer($0.wholeMicroseconds) } ?? .null,
        ])
      )
    case .children(let round, let count):
      (.children, .array([.integer(Int64(round)), .integer(Int64(count))]))
    case .input(let bytes): (.input, .integer(Int64(bytes)))
    case .postponed(let until): (.postponed, .integer(until.microseconds))
    }
  }

  func detail(_ value: JSONValue) -> PlanEvent.Detail? {
    switch self {
    case .owner: value.stringValue.flatMap { try? LeaseOwner($0) }.map { .owner($0) }
    case .reason: value.stringValue.map { .reason($0) }
    case .failure: Self.failure(value).map { .failure($0) }
    case .children:
      if let parts = value.arrayValue, parts.count == 2, let round = parts[0].integerValue,
        let count = parts[1].integerValue
      {
        .children(round: Int(round), count: Int(count))
      } else {
        nil
      }
    case .input: value.integerValue.map { .input(bytes: Int($0)) }
    case .postponed:
      value.integerValue.map { .postponed(until: Timestamp(microseconds: $0)) }
    }
  }

  private static func failure(_ value: JSONValue) -> Plan.Failure? {
    guard let parts = value.arrayValue, parts.count == 5,
      let code = parts[0].stringValue.flatMap({ try? Key($0) }),
      let message = parts[1].stringValue, let isRetryable = parts[2].boolValue
    else { return nil }
    return Plan.Failure(
      uncheckedCode: code, message: message, detail: parts[3].arrayValue?.first,
      isRetryable: isRetryable, retryAfter: parts[4].integerValue.map { .microseconds($0) })
  }
}
