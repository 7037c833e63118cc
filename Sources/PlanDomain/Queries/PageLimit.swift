/// How many rows a page holds at most: 1…1000.
public struct PageLimit: Hashable, Sendable {
  /// The number.
  public let count: Int

  /// Fifty rows.
  public static let standard = PageLimit(unchecked: 50)
  /// The most that a page may hold.
  public static let largest = PageLimit(unchecked: 1000)

  /// A limit of so many rows.
  ///
  /// Throws `invalidPageLimit` outside 1…1000.
  public init(_ count: Int) throws(PlanError) {
    guard (1...1000).contains(count) else { throw .invalidPageLimit(count) }
    self.init(unchecked: count)
  }

  private init(unchecked count: Int) { self.count = count }
}

/// In which direction pages go through the rows.
public enum PageOrder: String, Hashable, Sendable, CaseIterable {
  /// The latest first.
  case newestFirst
  /// The earliest first.
  case oldestFirst
}

/// Some rows, and where to go on.
public struct QueryPage<Row: Sendable, Cursor: Sendable>: Sendable {
  /// The rows, in the query's order; fewer than the limit when few of those examined matched.
  public let rows: [Row]
  /// Where the next page starts; nil when there is nothing more.
  public let next: Cursor?

  /// Puts a page together.
  public init(rows: [Row], next: Cursor?) {
    self.rows = rows
    self.next = next
  }
}
