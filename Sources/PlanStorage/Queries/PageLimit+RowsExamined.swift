public import PlanDomain

extension PageLimit {
  /// How many rows may be examined to fill the page, so that no page's cost grows with the store.
  public var rowsExamined: Int { count + 1000 }
}
