/// A typed id: the compiler refuses the id of another type.
public struct Identifier<Aggregate>: Hashable, Sendable {
  /// The bits.
  package let ulid: ULID

  /// Creates an id from its bits.
  package init(_ ulid: ULID) { self.ulid = ulid }

  /// Parses an id; letters may be lowercase.
  ///
  /// - Throws: ``PlanError/Code/invalidID`` if the text is not a ULID, as ``ULID/init(_:)`` says.
  public init(_ text: some StringProtocol) throws(PlanError) { ulid = try ULID(text) }
}

extension Identifier: Comparable, CustomStringConvertible {
  /// Orders ids by their bits.
  public static func < (a: Identifier, b: Identifier) -> Bool { a.ulid < b.ulid }

  /// The 26 characters, in uppercase.
  public var description: String { ulid.description }
}
