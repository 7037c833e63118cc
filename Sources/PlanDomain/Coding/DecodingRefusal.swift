/// The reason why a value does not fit, without the value; the cause of this package's
/// `DecodingError`s.
struct DecodingRefusal: Error {
  let reason: String
}

extension DecodingError {
  /// The error for a value of another kind than is needed.
  static func mismatch(
    _ value: JSONValue, needed: String, _ type: Any.Type, at keys: [any CodingKey]
  ) -> DecodingError {
    let reason = "it is \(value.kind), but \(needed) is needed"
    let context = Context(
      codingPath: keys, debugDescription: reason, underlyingError: DecodingRefusal(reason: reason))
    return value == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  /// The error for a value of the right kind that is not valid.
  static func refused(_ reason: String, at keys: [any CodingKey]) -> DecodingError {
    .dataCorrupted(
      Context(
        codingPath: keys, debugDescription: reason,
        underlyingError: DecodingRefusal(reason: reason)))
  }
}

extension PlanError {
  /// The error for a document that cannot be decoded.
  ///
  /// The descriptions of errors that were thrown by the decoded types are left out, because they
  /// may contain values.
  init(_ error: DecodingError, field: String) {
    let (context, last, reason): (DecodingError.Context?, (any CodingKey)?, String) =
      switch error {
      case .keyNotFound(let key, let context): (context, key, "it is missing")
      case .valueNotFound(let type, let context):
        (context, nil, "it is null, but \(type) is needed")
      case .typeMismatch(let type, let context):
        (context, nil, "it does not have the form of \(type)")
      case .dataCorrupted(let context): (context, nil, "its type refuses it")
      @unknown default: (nil, nil, "its type refuses it")
      }
    let keys = (context?.codingPath ?? []) + (last.map { [$0] } ?? [])
    let own = (context?.underlyingError as? DecodingRefusal)?.reason
    self = .notDecodable(keys, below: field, reason: own ?? reason)
  }
}
