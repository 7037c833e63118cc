import PlanDomain

/// Rows as a connection has come across them: plans, and those that never change once they are
/// committed.
///
/// Forgotten whenever a transaction is taken back, because they may go with it; bounded.
struct KnownRows {
  /// The numbers of an action and of its namespace.
  struct Action {
    let number: Int64
    let namespace: Int64
  }

  /// The number of a row of terms, and what it belongs to.
  struct Terms {
    let number: Int64
    let action: Action
  }

  private static let most = 512
  private var terms: [Int64: PlanTerms] = [:]
  private var numbers: [PlanTerms: Terms] = [:]
  private var actions: [ActionName: Action] = [:]
  /// Kept by the connection that writes, and by no other one.
  var plans = KnownPlans()

  func terms(_ number: Int64) -> PlanTerms? { terms[number] }
  func number(of terms: PlanTerms) -> Terms? { numbers[terms] }
  func action(_ name: ActionName) -> Action? { actions[name] }

  mutating func note(_ value: PlanTerms, is number: Int64) {
    if terms.count >= Self.most { terms = [:] }
    terms[number] = value
  }

  mutating func note(_ value: PlanTerms, is row: Terms) {
    if numbers.count >= Self.most { numbers = [:] }
    numbers[value] = row
  }

  mutating func note(_ name: ActionName, is row: Action) {
    if actions.count >= Self.most { actions = [:] }
    actions[name] = row
  }

  mutating func forget() { self = KnownRows() }
}
