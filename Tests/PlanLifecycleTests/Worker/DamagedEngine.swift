import PlanDomain
import PlanStorage
import TestSupport

/// A store in which chosen plans fail: their rows, not the store.
final class DamagedEngine: StorageEngine {
  /// What is wrong with a plan.
  enum Damage: CaseIterable {
    /// Its values cannot be read.
    case unreadable
    /// Its row refuses every change.
    case refusesChanges
    /// Its row takes a change, and its history does not.
    case refusesEvents
  }

  let traits = StorageTraits(latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  var notifier: CommitNotifier { inner.notifier }
  private let inner: any StorageEngine
  private let state = Locked((damages: [Plan.ID: Damage](), appendsLeft: Int.max))

  init(_ inner: any StorageEngine) { self.inner = inner }

  /// Damages a plan, or repairs it.
  func damage(_ id: Plan.ID, _ damage: Damage?) { state.withLock { $0.damages[id] = damage } }

  /// Lets this many events be appended, and fails from then on; nil mends it.
  func allowEvents(_ count: Int?) { state.withLock { $0.appendsLeft = count ?? .max } }

  fileprivate func damage(of id: Plan.ID) -> Damage? { state.withLock { $0.damages[id] } }

  fileprivate func mayAppend() -> Bool {
    state.withLock { state in
      if state.appendsLeft > 0, state.appendsLeft < .max { state.appendsLeft -= 1 }
      return state.appendsLeft > 0
    }
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try inner.read(body)
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try inner.write { try body(DamagedSession(inner: $0, store: self)) }
  }

  func close() throws(StorageError) { try inner.close() }
}

private struct DamagedSession: UnitOfWorkDecorator {
  let inner: any UnitOfWork
  let store: DamagedEngine

  private func error(_ id: Plan.ID, _ code: StorageError.Code) -> StorageError {
    StorageError(code, operation: "using", subject: "plan \(id)")
  }

  private func isUnreadable(_ id: Plan.ID) -> Bool { store.damage(of: id) == .unreadable }

  private func sorted(_ due: DuePlans) -> DuePlans {
    DuePlans(
      plans: due.plans.filter { !isUnreadable($0.id) },
      unreadable: due.plans.filter { isUnreadable($0.id) }
        .map { UnreadablePlan(id: $0.id, error: error($0.id, .corrupt)) })
  }

  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    if isUnreadable(id) { throw error(id, .corrupt) }
    return try inner.plan(id)
  }

  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    sorted(try inner.readyPlans(for: actors, at: now, limit: limit, excluding: excluded))
  }

  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    sorted(try inner.expiredLeases(at: now, limit: limit, excluding: excluded))
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    if store.damage(of: plan.id) == .refusesChanges { throw error(plan.id, .staleWrite) }
    try inner.save(plan, replacing: before)
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    guard store.damage(of: event.plan) != .refusesEvents, store.mayAppend() else {
      throw error(event.plan, .duplicate)
    }
    try inner.append(event)
  }
}
