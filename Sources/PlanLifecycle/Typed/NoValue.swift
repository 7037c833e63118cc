/// The arguments of an action that takes none, and the result of phases that return nothing.
///
/// Stored as null; decoded from any document.
public struct NoValue: Codable, Hashable, Sendable {
  /// Creates the value.
  public init() {}

  /// Creates the value; ignores the document.
  ///
  /// - Throws: Nothing; `Decodable` requires it.
  public init(from decoder: any Decoder) throws {}

  /// Encodes null.
  ///
  /// - Throws: What the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encodeNil()
  }
}
