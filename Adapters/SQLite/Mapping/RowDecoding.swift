import PlanDomain
import PlanStorage

extension StatementRun {
  /// Returns the error for an invalid value in this column.
  func damage(_ column: String) -> StorageError {
    StorageError(
      .corrupt, operation: "reading", subject: connection.subject,
      reason: "column \(column) has an invalid value")
  }

  /// Reads an id; throws `corrupt` when the column holds none.
  mutating func id(_ column: String) throws(StorageError) -> ULID {
    guard let id = optionalID() else { throw damage(column) }
    return id
  }

  /// Reads a counter; throws `corrupt` outside of `PlanLimits.counters`.
  mutating func count(_ column: String) throws(StorageError) -> Int {
    let count = int()
    guard PlanLimits.counters.contains(count) else { throw damage(column) }
    return count
  }

  /// Reads a time; nil for NULL.
  mutating func optionalTime() -> Timestamp? {
    optionalInteger().map { Timestamp(microseconds: $0) }
  }

  mutating func time() -> Timestamp { Timestamp(microseconds: integer()) }

  /// Reads a short text; throws `corrupt` when it violates its rule.
  mutating func short<Rule>(_ column: String) throws(StorageError) -> ShortText<Rule> {
    guard let text = try? ShortText<Rule>(text()) else { throw damage(column) }
    return text
  }

  mutating func optionalShort<Rule>(_ column: String) throws(StorageError) -> ShortText<Rule>? {
    guard let text = optionalText() else { return nil }
    guard let short = try? ShortText<Rule>(text) else { throw damage(column) }
    return short
  }

  /// Reads a status from its raw value.
  mutating func status(_ column: String) throws(StorageError) -> PlanStatus {
    guard let status = UInt8(exactly: integer()).flatMap(PlanStatus.init(rawValue:)) else {
      throw damage(column)
    }
    return status
  }

  /// Reads a group of statuses from its raw value.
  mutating func group(_ column: String) throws(StorageError) -> StatusGroup {
    guard let group = UInt8(exactly: integer()).flatMap(StatusGroup.init(rawValue:)) else {
      throw damage(column)
    }
    return group
  }

  mutating func document(_ column: String) throws(StorageError) -> JSONValue {
    guard let value = try? JSONValue(stored: bytes(), field: column) else { throw damage(column) }
    return value
  }

  mutating func optionalDocument(_ column: String) throws(StorageError) -> JSONValue? {
    if isNull {
      skip(1)
      return nil
    }
    return try document(column)
  }

  /// Reads a list of texts from a JSON array.
  mutating func texts(_ column: String) throws(StorageError) -> [String] {
    guard let elements = try document(column).arrayValue else { throw damage(column) }
    let texts = elements.compactMap(\.stringValue)
    guard texts.count == elements.count else { throw damage(column) }
    return texts
  }

  mutating func optionalTexts(_ column: String) throws(StorageError) -> [String]? {
    if isNull {
      skip(1)
      return nil
    }
    return try texts(column)
  }

  mutating func automation() throws(StorageError) -> Automation {
    let bits = integer()
    guard (0...7).contains(bits) else { throw damage("automation") }
    return Automation(
      advanceToExecute: bits & 1 != 0, advanceToApply: bits & 2 != 0,
      revertWhenConstrained: bits & 4 != 0)
  }

  mutating func retry(_ column: String) throws(StorageError) -> RetryPolicy {
    let (attempts, base, cap) = (int(), integer(), integer())
    guard
      let policy = try? RetryPolicy(
        attempts: attempts, base: .microseconds(base), cap: .microseconds(cap))
    else { throw damage(column) }
    return policy
  }

  /// Reads an attempt time-out; nil for NULL.
  mutating func optionalTimeout(_ column: String) throws(StorageError) -> Duration? {
    guard let microseconds = optionalInteger() else { return nil }
    let timeout = Duration.microseconds(microseconds)
    guard PlanLimits.attemptTimeout.contains(timeout) else { throw damage(column) }
    return timeout
  }

  mutating func actors() throws(StorageError) -> Actors {
    Actors(
      strategy: try short("strategy_actor"), execution: try short("execution_actor"),
      apply: try short("apply_actor"))
  }

  mutating func bind(_ time: Timestamp?) { bind(time?.microseconds) }

  mutating func bind(_ group: StatusGroup) { bind(Int(group.rawValue)) }

  mutating func bind(_ document: JSONValue?) { bind(document?.serialized()) }

  mutating func bind(_ automation: Automation) {
    bind(
      (automation.advanceToExecute ? 1 : 0) | (automation.advanceToApply ? 2 : 0)
        | (automation.revertWhenConstrained ? 4 : 0))
  }

  mutating func bind(_ retry: RetryPolicy) {
    bind(retry.attempts)
    bind(retry.baseMicroseconds)
    bind(retry.capMicroseconds)
  }

  mutating func bind(timeout: Duration?) { bind(timeout?.wholeMicroseconds) }

  mutating func bind(_ actors: Actors) {
    bind(actors.strategy.description)
    bind(actors.execution.description)
    bind(actors.apply.description)
  }

  mutating func bind(texts: [String]) {
    bind(JSONValue.array(texts.map { .string($0) }).serialized())
  }
}
