import PlanDomain
public import PlanLifecycle
import PlanStorage
import PlanStorageContract
public import Planwright

/// A system on a fresh store, with a clock that the test moves, seeded ids and planned faults.
///
/// The store is closed when the last reference to the `TestSystem` ends.
///
///     let test = try TestSystem(.sqlite)
///     try await test.system.register([note])
///     let milk = try await test.plans.use(note, arguments: Note(text: "milk"))
///     try await test.runUntilIdle([note])
///     #expect(try await milk.result() == "noted")
public final class TestSystem: Sendable {
  /// The system to pass to the code under test.
  public let system: PlanSystem
  /// The clock of the system.
  public let time: ManualTime
  /// The faults of the store.
  public let faults = StorageFaults()

  /// Opens a fresh store.
  ///
  /// Ids and the jitter of retry delays depend only on `seed`. Throws `StorageError` when the store
  /// cannot be opened.
  public init(
    _ store: TestStore = .inMemory, seed: UInt64 = 1, time: ManualTime = ManualTime()
  ) throws {
    self.time = time
    let jitter = Locked(SeededGenerator(seed: seed))
    let environment = PlanEnvironment(
      time: time, ids: ULIDGenerator(randomness: SeededGenerator(seed: seed)),
      jitter: { jitter.withLock { Double.random(in: 0..<1, using: &$0) } })
    let engine = try store.backend.open()
    system = PlanSystem(
      plans: PlanLifecycleService(
        engine: engine.failing(faults.plan()), environment: environment),
      maintenance: StoreMaintenance(
        engine: engine, location: store.backend.description, environment: environment),
      location: store.backend.description)
  }

  deinit { try? system.close() }

  /// Reads and units of work of the system.
  public var plans: PlanLifecycleService { system.plans }
}

extension TestSystem: CustomReflectable {
  /// A mirror of the clock; the store is hidden, as that of `PlanSystem` is.
  public var customMirror: Mirror { Mirror(self, children: ["time": time]) }
}
