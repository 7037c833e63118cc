/// The end of a page of plans; opaque to hosts, and valid after plans are added or removed.
public struct PlanCursor: Hashable, Sendable, CustomStringConvertible {
  /// The last plan examined.
  public let last: Plan.ID

  /// Creates a cursor after this plan.
  public init(after last: Plan.ID) { self.last = last }

  /// Parses a cursor that was written as text, for example into the link to the next page.
  ///
  /// - Throws: ``PlanError/Code/invalidCursor`` if the text is not a cursor of plans.
  public init(_ text: String) throws(PlanError) {
    guard text.hasPrefix("p-"), let id = try? Plan.ID(text.dropFirst(2)) else {
      throw .invalidCursor
    }
    last = id
  }

  /// The cursor as text.
  public var description: String { "p-\(last)" }
}

/// The end of a page of actions; opaque to hosts, and valid after actions are added.
public struct ActionCursor: Hashable, Sendable, CustomStringConvertible {
  /// The store's number of the last action examined, in order of creation.
  public let last: Int64

  /// Creates a cursor after the action with this number.
  public init(after last: Int64) { self.last = last }

  /// Parses a cursor that was written as text, for example into the link to the next page.
  ///
  /// - Throws: ``PlanError/Code/invalidCursor`` if the text is not a cursor of actions.
  public init(_ text: String) throws(PlanError) {
    guard text.hasPrefix("a-"), let last = Int64(text.dropFirst(2)) else { throw .invalidCursor }
    self.last = last
    // Each cursor has one text: no sign and no leading zeros.
    guard description == text else { throw .invalidCursor }
  }

  /// The cursor as text.
  public var description: String { "a-\(last)" }
}

/// A position in the order of committed events, over all plans.
///
/// A cursor that was read also carries the number of purges at that time. With it, a later read
/// detects that events after the cursor may have been purged, and throws
/// ``PlanError/Code/cursorExpired``; so does a read from a cursor that the store never had. Keep
/// the cursor of the last event that you have processed, as text:
///
/// ```swift
/// let text = "\(change.cursor)"
/// let feed = system.plans.changes(after: try EventCursor(text))
/// ```
public struct EventCursor: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The store's number of the event; numbers increase and may have gaps.
  public let position: Int64
  /// The number of purges that the cursor's reader knows of; nil when that is not known.
  package let purges: Int64?

  /// The beginning of the feed: reading starts with the first stored event and never expires.
  public static let start = EventCursor(position: 0)

  /// Creates a cursor after the event with this number.
  public init(position: Int64) { self.init(position: position, purges: nil) }

  /// Creates a cursor of a reader that knows of this number of purges.
  package init(position: Int64, purges: Int64?) {
    self.position = position
    self.purges = purges
  }

  /// Parses a cursor that was written as text, for example where a reader of the feed keeps its
  /// place.
  ///
  /// - Throws: ``PlanError/Code/invalidCursor`` if the text is not a cursor of events.
  public init(_ text: String) throws(PlanError) {
    guard text.hasPrefix("e-") else { throw .invalidCursor }
    let parts = text.dropFirst(2).split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int64($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count),
      numbers.allSatisfy({ $0 >= 0 })
    else { throw .invalidCursor }
    self.init(position: numbers[0], purges: numbers.count == 2 ? numbers[1] : nil)
    guard description == text else { throw .invalidCursor }
  }

  /// The cursor as text.
  public var description: String {
    purges.map { "e-\(position)-\($0)" } ?? "e-\(position)"
  }

  /// Orders cursors by the commits of their events.
  public static func < (a: EventCursor, b: EventCursor) -> Bool {
    (a.position, a.purges ?? -1) < (b.position, b.purges ?? -1)
  }
}
