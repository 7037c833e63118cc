/// Fills one page from a scan: examines rows in order and keeps those that match.
///
/// A page ends when it holds `limit.count` rows or when `limit.rowsExamined` rows were examined, so
/// that no page's cost grows with the store. The scan gives one row more than that, which tells that
/// a page follows.
///
///     var builder = PageBuilder<Plan, PlanCursor>(query.limit)
///     while let plan = scan.next() {
///       if builder.isFull { return builder.page(hasNext: true) }
///       builder.examine(plan, at: PlanCursor(after: plan.id), matches: query.filter.matches(plan))
///     }
///     return builder.page(hasNext: false)
public struct PageBuilder<Row: Sendable, Cursor: Sendable> {
  @usableFromInline let limit: PageLimit
  @usableFromInline var rows: [Row] = []
  @usableFromInline var examined = 0
  @usableFromInline var last: Cursor?

  /// An empty page of this limit.
  @inlinable
  public init(_ limit: PageLimit) { self.limit = limit }

  /// Whether no more rows may be examined: a row that the scan still has is of the next page.
  @inlinable
  public var isFull: Bool { rows.count == limit.count || examined == limit.rowsExamined }

  /// Examines the next row of the scan and keeps it when it matches.
  ///
  /// `cursor` marks the place after the row.
  @inlinable
  public mutating func examine(_ row: Row, at cursor: Cursor, matches: Bool) {
    examined += 1
    last = cursor
    if matches { rows.append(row) }
  }

  /// The page; with `hasNext`, the next one starts after the last row that was examined.
  @inlinable
  public func page(hasNext: Bool) -> QueryPage<Row, Cursor> {
    QueryPage(rows: rows, next: hasNext ? last : nil)
  }
}
