/// The parts that all encoders of one document share.
final class EncodingSession {
  private let field: String
  /// The first failure that a method found which cannot throw.
  private(set) var failure: PlanError?

  /// Creates a session; `field` begins the paths in errors.
  init(field: String) { self.field = field }

  /// Records a failure; `init(encoding:)` throws the first one.
  func fail(at path: CodingPath, _ reason: String) {
    if failure == nil { failure = refusal(reason, at: path) }
  }

  /// Records that the document is nested too deeply.
  func failTooDeep() {
    if failure == nil { failure = tooDeep }
  }

  /// The error for a value that cannot be encoded.
  func refusal(
    _ reason: String, at path: CodingPath, _ key: (any CodingKey)? = nil
  ) -> PlanError {
    .notEncodable(path.keys(and: key), below: field, reason: reason)
  }

  private var tooDeep: PlanError {
    .notEncodable(
      [], below: field, reason: "it is nested more than \(PlanLimits.documentDepth) deep")
  }

  /// Returns the document of a value: of the member or element with this key, or for nil of the
  /// value at the path.
  func encode<T: Encodable>(
    _ value: T, below path: CodingPath, _ key: (any CodingKey)?
  ) throws -> JSONValue {
    if let failure { throw failure }
    if let leaf = try leaf(value, path, key) { return leaf }
    let path = path.entering(key)
    guard path.level <= CodingPath.maxLevel else { throw tooDeep }
    let encoder = ValueEncoder(at: path, session: self)
    try value.encode(to: encoder)
    return FoundationType.stored(try encoder.finished(), of: T.self)
  }

  /// The document of a value that needs no encoder of its own; nil for other types.
  ///
  /// Compares types before it casts, because a cast from a generic type is slow.
  private func leaf<T>(
    _ value: T, _ path: CodingPath, _ key: (any CodingKey)?
  ) throws(PlanError) -> JSONValue? {
    if T.self == String.self, let text = value as? String { return .string(text) }
    if T.self == Int.self, let number = value as? Int { return .integer(Int64(number)) }
    if T.self == Bool.self, let truth = value as? Bool { return .bool(truth) }
    if T.self == Double.self, let number = value as? Double { return try double(number, path, key) }
    if T.self == Float.self, let number = value as? Float {
      return try double(Double(number), path, key)
    }
    if T.self == Duration.self, let duration = value as? Duration {
      return try self.duration(duration, path, key)
    }
    // Lists of texts are frequent, and an encoder for each takes longer than all of their elements.
    // A list that is nested too deeply is left to its encoder, which refuses it.
    if T.self == [String].self, path.depth + 1 < PlanLimits.documentDepth,
      let texts = value as? [String]
    {
      return .array(texts.map { .string($0) })
    }
    return try integer(value, path, key)
  }

  private func integer<T>(
    _ value: T, _ path: CodingPath, _ key: (any CodingKey)?
  ) throws(PlanError) -> JSONValue? {
    let exact: Int64?
    if T.self == Int64.self, let number = value as? Int64 {
      exact = number
    } else if T.self == Int32.self, let number = value as? Int32 {
      exact = Int64(number)
    } else if T.self == Int16.self, let number = value as? Int16 {
      exact = Int64(number)
    } else if T.self == Int8.self, let number = value as? Int8 {
      exact = Int64(number)
    } else if T.self == UInt8.self, let number = value as? UInt8 {
      exact = Int64(number)
    } else if T.self == UInt16.self, let number = value as? UInt16 {
      exact = Int64(number)
    } else if T.self == UInt32.self, let number = value as? UInt32 {
      exact = Int64(number)
    } else if T.self == UInt.self, let number = value as? UInt {
      exact = Int64(exactly: number)
    } else if T.self == UInt64.self, let number = value as? UInt64 {
      exact = Int64(exactly: number)
    } else if T.self == Int128.self, let number = value as? Int128 {
      exact = Int64(exactly: number)
    } else if T.self == UInt128.self, let number = value as? UInt128 {
      exact = Int64(exactly: number)
    } else {
      return nil
    }
    guard let exact else {
      throw refusal(
        "it is outside the range of Int64, which holds all integers of documents", at: path, key)
    }
    return .integer(exact)
  }

  private func double(
    _ value: Double, _ path: CodingPath, _ key: (any CodingKey)?
  ) throws(PlanError) -> JSONValue {
    guard let finite = try? FiniteDouble(value) else {
      throw refusal("it is infinite or NaN, which JSON cannot express", at: path, key)
    }
    return .double(finite)
  }

  private func duration(
    _ value: Duration, _ path: CodingPath, _ key: (any CodingKey)?
  ) throws(PlanError) -> JSONValue {
    // Longer durations have no components; asking for them would stop the program.
    guard Duration.seconds(Int64.min) <= value, value <= .seconds(Int64.max) else {
      throw refusal("it has more seconds than Int64 can hold", at: path, key)
    }
    let (seconds, attoseconds) = value.components
    return [.integer(seconds), .integer(attoseconds)]
  }
}
