extension PlanError {
  /// The error for a value at this path of a document that cannot be encoded.
  static func notEncodable(
    _ keys: [any CodingKey], below field: String, reason: String
  ) -> PlanError {
    .notEncodable(
      CodingPath.text(keys, below: field), storable: CodingPath.storableText(keys, below: field),
      reason: reason)
  }

  /// The error for a value at this path of a document that cannot be decoded.
  static func notDecodable(
    _ keys: [any CodingKey], below field: String, reason: String
  ) -> PlanError {
    .notDecodable(
      CodingPath.text(keys, below: field), storable: CodingPath.storableText(keys, below: field),
      reason: reason)
  }
}
