/// The id of one kind of thing: an id of something else never fits.
public struct Identifier<Aggregate>: Hashable, Sendable {
  /// The bits.
  package let ulid: ULID

  /// The id of these bits.
  package init(_ ulid: ULID) { self.ulid = ulid }

  /// The id written as this text; throws `invalidID`.
  public init(_ text: some StringProtocol) throws(PlanError) { ulid = try ULID(text) }
}

extension Identifier: Comparable, CustomStringConvertible {
  /// Orders ids by their bits.
  public static func < (a: Identifier, b: Identifier) -> Bool { a.ulid < b.ulid }

  /// The 26 characters, in capital letters.
  public var description: String { ulid.description }
}
