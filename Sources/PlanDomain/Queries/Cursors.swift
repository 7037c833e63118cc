/// Where a page of plans ended; opaque to hosts, and stable while plans come and go.
public struct PlanCursor: Hashable, Sendable, CustomStringConvertible {
  /// The last plan that was examined.
  public let last: Plan.ID

  /// Marks the place after this plan.
  public init(after last: Plan.ID) { self.last = last }

  /// The cursor that was written as this text.
  ///
  /// Throws `invalidCursor` for any other text.
  public init(_ text: String) throws(PlanError) {
    guard text.hasPrefix("p-"), let id = try? Plan.ID(text.dropFirst(2)) else {
      throw .invalidCursor
    }
    last = id
  }

  /// The cursor as text.
  public var description: String { "p-\(last)" }
}

/// Where a page of actions ended; opaque to hosts, and stable while actions come and go.
public struct ActionCursor: Hashable, Sendable, CustomStringConvertible {
  /// The store's number of the last action that was examined, in order of creation.
  public let last: Int64

  /// Marks the place after this number.
  public init(after last: Int64) { self.last = last }

  /// The cursor that was written as this text.
  ///
  /// Throws `invalidCursor` for any other text.
  public init(_ text: String) throws(PlanError) {
    guard text.hasPrefix("a-"), let last = Int64(text.dropFirst(2)) else { throw .invalidCursor }
    self.last = last
    // One text for each cursor: no sign, no zeros in front.
    guard description == text else { throw .invalidCursor }
  }

  /// The cursor as text.
  public var description: String { "a-\(last)" }
}

/// A position in the order in which events were committed, over all plans.
public struct EventCursor: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The store's number of the event; numbers grow, and may have gaps.
  public let position: Int64

  /// Before the first event.
  public static let start = EventCursor(position: 0)

  /// Marks the place after the event of this number.
  public init(position: Int64) { self.position = position }

  /// The cursor that was written as this text.
  ///
  /// Throws `invalidCursor` for any other text.
  public init(_ text: String) throws(PlanError) {
    guard text.hasPrefix("e-"), let position = Int64(text.dropFirst(2)), position >= 0 else {
      throw .invalidCursor
    }
    self.position = position
    guard description == text else { throw .invalidCursor }
  }

  /// The cursor as text.
  public var description: String { "e-\(position)" }

  /// Orders cursors as the events were committed.
  public static func < (a: EventCursor, b: EventCursor) -> Bool { a.position < b.position }
}
