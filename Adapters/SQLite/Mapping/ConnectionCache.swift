import PlanDomain

/// The rows that a connection caches: plans, and rows that never change once they are committed.
///
/// Emptied when a transaction is rolled back, because it may have inserted them. Limited in size.
struct ConnectionCache {
  /// The numbers of a snapshot of an action, and of the action.
  struct SnapshotRow {
    let number: Int64
    let action: Int64
  }

  private static let most = 512
  private var snapshot: [Int64: ActionSnapshot] = [:]
  private var numbers: [ActionSnapshot: SnapshotRow] = [:]
  private var actions: [ActionName: Int64] = [:]
  private var actors: [ActorName: Int64] = [:]
  /// Filled only by the writer's connection.
  var plans = PlanCache()
  /// Filled only by the writer's connection; a rollback empties it only after a write of an action.
  var decodedActions = ActionCache()

  func snapshot(_ number: Int64) -> ActionSnapshot? { snapshot[number] }
  func number(of snapshot: ActionSnapshot) -> SnapshotRow? { numbers[snapshot] }
  func number(of action: ActionName) -> Int64? { actions[action] }
  func number(of actor: ActorName) -> Int64? { actors[actor] }

  mutating func note(_ value: ActionSnapshot, is number: Int64) {
    if snapshot.count >= Self.most { snapshot = [:] }
    snapshot[number] = value
  }

  mutating func note(_ value: ActionSnapshot, is row: SnapshotRow) {
    if numbers.count >= Self.most { numbers = [:] }
    numbers[value] = row
  }

  mutating func note(_ action: ActionName, is number: Int64) {
    if actions.count >= Self.most { actions = [:] }
    actions[action] = number
  }

  mutating func note(_ actor: ActorName, is number: Int64) {
    if actors.count >= Self.most { actors = [:] }
    actors[actor] = number
  }

  mutating func forget() {
    var kept = decodedActions
    kept.rollBack()
    self = ConnectionCache()
    decodedActions = kept
  }
}
