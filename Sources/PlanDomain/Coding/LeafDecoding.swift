/// Decodes values that contain no others.
struct LeafDecoding {
  let value: JSONValue
  let path: CodingPath
  let key: (any CodingKey)?

  /// The value as one of the types that contain no others; nil for other types.
  ///
  /// Compares types before it casts, because a cast to a generic type is slow.
  func decoded<T>(as type: T.Type) throws -> T? {
    if type == String.self { return try text() as? T }
    if type == Int.self { return try integer(Int.self) as? T }
    if type == Bool.self { return try truth() as? T }
    if type == Double.self { return try double() as? T }
    if type == Float.self { return try float() as? T }
    if type == Int64.self { return try integer(Int64.self) as? T }
    if type == Int32.self { return try integer(Int32.self) as? T }
    if type == Int16.self { return try integer(Int16.self) as? T }
    if type == Int8.self { return try integer(Int8.self) as? T }
    if type == UInt.self { return try integer(UInt.self) as? T }
    if type == UInt64.self { return try integer(UInt64.self) as? T }
    if type == UInt32.self { return try integer(UInt32.self) as? T }
    if type == UInt16.self { return try integer(UInt16.self) as? T }
    if type == UInt8.self { return try integer(UInt8.self) as? T }
    if type == Int128.self { return try integer(Int128.self) as? T }
    if type == UInt128.self { return try integer(UInt128.self) as? T }
    if type == Duration.self { return try duration() as? T }
    return nil
  }

  private func mismatch(_ type: Any.Type) -> DecodingError {
    .mismatch(value, needed: "\(type)", type, at: path.keys(and: key))
  }

  private func refused(_ reason: String) -> DecodingError {
    .refused(reason, at: path.keys(and: key))
  }

  private func text() throws -> String {
    guard case .string(let text) = value else { throw mismatch(String.self) }
    return text
  }

  private func truth() throws -> Bool {
    guard case .bool(let truth) = value else { throw mismatch(Bool.self) }
    return truth
  }

  private func double() throws -> Double {
    guard let number = value.doubleValue else { throw mismatch(Double.self) }
    return number
  }

  private func float() throws -> Float {
    guard let number = value.doubleValue else { throw mismatch(Float.self) }
    let float = Float(number)
    guard float.isFinite else { throw refused("it is a number outside the range of Float") }
    return float
  }

  private func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
    switch value {
    case .integer(let number):
      guard let exact = I(exactly: number) else {
        throw refused("it is a number outside the range of \(type)")
      }
      return exact
    case .double(let number):
      guard let exact = I(exactly: number.value) else {
        throw refused("it is a number that has a fraction or is outside the range of \(type)")
      }
      return exact
    case .null, .bool, .string, .array, .object: throw mismatch(type)
    }
  }

  private func duration() throws -> Duration {
    guard case .array(let parts) = value, parts.count == 2,
      case .integer(let seconds) = parts[0], case .integer(let attoseconds) = parts[1]
    else {
      throw DecodingError.mismatch(
        value, needed: "an array of seconds and attoseconds", Duration.self,
        at: path.keys(and: key))
    }
    return Duration(secondsComponent: seconds, attosecondsComponent: attoseconds)
  }
}
