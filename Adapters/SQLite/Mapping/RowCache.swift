import PlanDomain

/// Rows as a connection has come across them: plans, and those that never change once they are
/// committed.
///
/// Forgotten whenever a transaction is taken back, because they may go with it; bounded.
struct RowCache {
  /// The numbers of an action and of its namespace.
  struct Action {
    let number: Int64
    let namespace: Int64
  }

  /// The number of a row of terms, and what it belongs to.
  struct SnapshotRow {
    let number: Int64
    let action: Action
  }

  private static let most = 512
  private var snapshot: [Int64: ActionSnapshot] = [:]
  private var numbers: [ActionSnapshot: SnapshotRow] = [:]
  private var actions: [ActionName: Action] = [:]
  /// Kept by the connection that writes, and by no other one.
  var plans = PlanCache()
  /// Kept by the connection that writes; a rollback leaves it when its transaction has written none.
  var decodedActions = ActionCache()

  func snapshot(_ number: Int64) -> ActionSnapshot? { snapshot[number] }
  func number(of snapshot: ActionSnapshot) -> SnapshotRow? { numbers[snapshot] }
  func action(_ name: ActionName) -> Action? { actions[name] }

  mutating func note(_ value: ActionSnapshot, is number: Int64) {
    if snapshot.count >= Self.most { snapshot = [:] }
    snapshot[number] = value
  }

  mutating func note(_ value: ActionSnapshot, is row: SnapshotRow) {
    if numbers.count >= Self.most { numbers = [:] }
    numbers[value] = row
  }

  mutating func note(_ name: ActionName, is row: Action) {
    if actions.count >= Self.most { actions = [:] }
    actions[name] = row
  }

  mutating func forget() {
    var kept = decodedActions
    kept.rollBack()
    self = RowCache()
    decodedActions = kept
  }
}
