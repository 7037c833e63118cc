/// Fills one page from a scan: examines rows in order and keeps those that match.
///
/// A page ends when it holds `limit.count` rows or when `QueryRules.rowsExamined(for: limit)` rows
/// were examined, so that the cost of a page does not grow with the store. If the scan has a row
/// after that, another page follows.
///
/// ```swift
/// func page(_ query: PlanQuery, of plans: [Plan]) -> QueryPage<Plan, PlanCursor> {
///   var builder = PageBuilder<Plan, PlanCursor>(query.limit)
///   for plan in plans {
///     if builder.isFull { return builder.page(hasNext: true) }
///     let matches = QueryRules.isMatch(plan, for: query.filter)
///     builder.examine(plan, at: PlanCursor(after: plan.id), matches: matches)
///   }
///   return builder.page(hasNext: false)
/// }
/// ```
public struct PageBuilder<Row: Sendable, Cursor: Sendable> {
  @usableFromInline let limit: PageLimit
  @usableFromInline var rows: [Row] = []
  @usableFromInline var examined = 0
  @usableFromInline var last: Cursor?

  /// Creates an empty page with this limit.
  @inlinable
  public init(_ limit: PageLimit) { self.limit = limit }

  /// Whether no more rows may be examined; further rows of the scan belong to the next page.
  @inlinable
  public var isFull: Bool {
    rows.count == limit.count || examined == QueryRules.rowsExamined(for: limit)
  }

  /// Examines the next row of the scan and keeps it when it matches.
  ///
  /// `cursor` is the cursor of this row, after which the next page starts.
  @inlinable
  public mutating func examine(_ row: Row, at cursor: Cursor, matches: Bool) {
    examined += 1
    last = cursor
    if matches { rows.append(row) }
  }

  /// Returns the page; with `hasNext`, its `next` is the last row examined, otherwise nil.
  @inlinable
  public func page(hasNext: Bool) -> QueryPage<Row, Cursor> {
    QueryPage(rows: rows, next: hasNext ? last : nil)
  }
}
