import PlanDomain
public import PlanLifecycle
public import PlanStorage
import PlanStorageContract
public import Planwright

/// A system on a fresh store, with a clock that the test moves, seeded ids and planned faults.
///
/// Tests with systems of their own can run in parallel. The store is closed when the last reference
/// to the `TestSystem` ends. Safe to use from any thread and any task.
///
/// ```swift
/// let test = try TestSystem(.sqlite)
/// try await test.system.register([note])
/// let milk = try await test.plans.use(note, arguments: Note(text: "milk"))
/// try await test.runUntilIdle([note])
/// #expect(try await milk.result() == "noted: milk")
/// ```
public final class TestSystem: Sendable {
  /// The system to pass to the code under test.
  public let system: PlanSystem
  /// The clock of the system.
  public let time: ManualTime
  /// The faults of the store.
  public let faults = StorageFaults()

  /// Opens a fresh store.
  ///
  /// Ids and the jitter of retry delays depend only on `seed`, so a run can be repeated.
  ///
  /// ```swift
  /// let test = try TestSystem()  // or TestSystem(.sqlite)
  /// ```
  ///
  /// - Throws: ``Planwright/StorageError`` if the store cannot be opened, for lack of memory for
  ///   example.
  public convenience init(
    _ store: TestStore = .inMemory, seed: UInt64 = 1, time: ManualTime = ManualTime()
  ) throws {
    try self.init(on: store.backend, seed: seed, time: time)
  }

  /// Opens any store, such as a file that a test also opens a second time.
  ///
  /// Systems that share a store take one clock, and different seeds: equal ones make equal ids.
  ///
  /// ```swift
  /// let app = try TestSystem(on: .sqlite(at: "test.db"))
  /// let other = try TestSystem(on: .sqlite(at: "test.db"), seed: 2, time: app.time)
  /// ```
  ///
  /// - Throws: The errors of ``Planwright/PlanSystem/open(_:telemetry:)``, as
  ///   ``Planwright/StorageError``.
  public init(
    on backend: StorageBackend, seed: UInt64 = 1, time: ManualTime = ManualTime()
  ) throws {
    self.time = time
    let jitter = Locked(SeededGenerator(seed: seed))
    let environment = PlanEnvironment(
      time: time, ids: ULIDGenerator(randomness: SeededGenerator(seed: seed)),
      jitter: { jitter.withLock { Double.random(in: 0..<1, using: &$0) } })
    let engine = try backend.open()
    system = PlanSystem(
      plans: PlanLifecycleService(
        engine: engine.failing(faults.plan()), environment: environment),
      maintenance: StoreMaintenance(
        engine: engine, location: backend.description, environment: environment),
      location: backend.description)
  }

  deinit { try? system.close() }

  /// Reads and units of work of the system.
  public var plans: PlanLifecycleService { system.plans }
}

extension TestSystem: CustomReflectable {
  /// A mirror of the clock; the store is hidden, as that of `PlanSystem` is.
  public var customMirror: Mirror { Mirror(self, children: ["time": time]) }
}
