import InMemoryStorage
import PlanDomain
import PlanStorage

/// A store that observes each unit of work before it ends, and rolls it back if it is only tried.
///
/// The unit of work is a real one of the store inside: what is observed is what a commit would keep.
/// Safe to use from any thread; one unit of work at a time.
final class TrialStore: StorageEngine {
  /// What a unit of work had done when its body returned or threw.
  struct Observation: Equatable, Sendable {
    var plans: [Plan] = []
    /// The events that it appended.
    var events: [PlanEvent] = []
    /// The due lists: what is or will be ready, what is leased, and final roots.
    var ready: [Plan.ID] = []
    var leased: [Plan.ID] = []
    var finalRoots: [Plan.ID] = []
    /// The number of writes, of a refused command too.
    var writes = 0
  }

  /// Ends a unit of work that is only tried.
  struct RolledBack: Error {}

  private struct Setting: Sendable {
    var store: any StorageEngine
    var commits = false
    var mutant: RuleMutant?
    var step: Step?
    var observation = Observation()
  }

  let traits = StorageTraits(latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  let notifier = CommitNotifier()
  private let setting: Locked<Setting>

  init(_ store: any StorageEngine = InMemoryStore(), mutant: RuleMutant? = nil) {
    setting = Locked(Setting(store: store, mutant: mutant))
  }

  /// What the latest unit of work had done.
  var observation: Observation { setting.withLock { $0.observation } }

  /// The store inside.
  var inner: any StorageEngine { setting.withLock { $0.store } }

  /// Replaces the contents by those of another store.
  func replace(_ store: any StorageEngine) { setting.withLock { $0.store = store } }

  /// Says which step comes next, and whether it is committed.
  func prepare(_ step: Step, commits: Bool) {
    setting.withLock { setting in
      setting.step = step
      setting.commits = commits
      setting.observation = Observation()
    }
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws { try inner.read(body) }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    let now = setting.withLock { $0 }
    try now.store.write { [self] work in
      let counted = CountedUnitOfWork(work)
      var session: any UnitOfWork = counted
      if let mutant = now.mutant, let step = now.step {
        session = MutantUnitOfWork(counted, mutant, step)
      }
      let start = try work.feedState().latest
      do { try body(session) } catch {
        setting.withLock { $0.observation.writes = counted.writes }
        throw error
      }
      var seen = try Self.observe(work, after: start)
      seen.writes = counted.writes
      setting.withLock { [seen] in $0.observation = seen }
      if !now.commits { throw RolledBack() }
    }
  }

  func close() throws(StorageError) { try inner.close() }

  private static func observe(
    _ session: any ReadSession, after position: Int64
  ) throws(StorageError) -> Observation {
    let end = Timestamp(microseconds: .max)
    return Observation(
      plans: try session.plans(
        matching: PlanQuery(order: .oldestFirst, limit: .largest)
      ).rows,
      events: try session.events(after: EventCursor(position: position), limit: 1_000).map(\.event),
      ready: try session.readyPlans(for: [Shape.actor], at: end, limit: 1_000).map(\.id),
      leased: try session.expiredLeases(at: end, limit: 1_000).map(\.id),
      finalRoots: try session.finalRoots(endedBefore: end, limit: 1_000).map(\.id))
  }
}

/// Counts the writes of a unit of work.
private final class CountedUnitOfWork: UnitOfWorkDecorator {
  let inner: any UnitOfWork
  private(set) var writes = 0

  init(_ inner: any UnitOfWork) { self.inner = inner }

  func insert(_ plan: Plan) throws(StorageError) {
    writes += 1
    try inner.insert(plan)
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    writes += 1
    try inner.save(plan, replacing: before)
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    writes += 1
    try inner.append(event)
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    writes += 1
    return try inner.removeTree(root)
  }
}
