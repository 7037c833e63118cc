/// The maximum number of rows of a page: 1…1000.
public struct PageLimit: Hashable, Sendable {
  /// The number of rows.
  public let count: Int

  /// Fifty rows.
  public static let standard = PageLimit(unchecked: 50)
  /// The maximum, 1000 rows.
  public static let largest = PageLimit(unchecked: 1000)

  /// Creates a limit.
  ///
  /// - Throws: ``PlanError/Code/invalidPageLimit`` outside 1…1000.
  public init(_ count: Int) throws(PlanError) {
    guard (1...1000).contains(count) else { throw .invalidPageLimit(count) }
    self.init(unchecked: count)
  }

  private init(unchecked count: Int) { self.count = count }
}

/// The order of rows in pages.
public enum PageOrder: String, Hashable, Sendable, CaseIterable {
  /// Newest first.
  case newestFirst
  /// Oldest first.
  case oldestFirst
}

/// One page of a query's rows.
public struct QueryPage<Row: Sendable, Cursor: Sendable>: Sendable {
  /// The rows, in the query's order; may be fewer than the limit, or none, also before the last
  /// page.
  public let rows: [Row]
  /// The cursor for the next page; nil on the last page.
  public let next: Cursor?

  /// Creates a page.
  public init(rows: [Row], next: Cursor?) {
    self.rows = rows
    self.next = next
  }
}
