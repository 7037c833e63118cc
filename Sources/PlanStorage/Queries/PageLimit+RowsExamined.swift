public import PlanDomain

extension PageLimit {
  /// The number of rows that may be examined to fill one page, whatever the size of the store.
  public var rowsExamined: Int { count + 1000 }
}
