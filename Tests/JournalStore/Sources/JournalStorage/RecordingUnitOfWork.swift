import PlanDomain
import PlanStorage

/// A unit of work that forwards every call to `inner` and records the writes that succeeded.
///
/// `UnitOfWorkDecorator` forwards whatever is not implemented here: the reads. Like every session, it
/// is used by one thread at a time.
final class RecordingUnitOfWork: UnitOfWorkDecorator {
  let inner: any UnitOfWork
  private(set) var entries: [JournalEntry] = []

  init(_ inner: any UnitOfWork) { self.inner = inner }

  func insert(_ plan: Plan) throws(StorageError) {
    try inner.insert(plan)
    entries.append(.insertPlan(plan))
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    try inner.save(plan, replacing: before)
    entries.append(.savePlan(plan.id, plan.progress))
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    let count = try inner.removeTree(root)
    entries.append(.removeTree(root))
    return count
  }

  func insert(_ action: Action) throws(StorageError) {
    try inner.insert(action)
    entries.append(.insertAction(action))
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    try inner.save(action, replacing: version)
    entries.append(.saveAction(action))
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    try inner.append(event)
    entries.append(.append(event))
  }
}
