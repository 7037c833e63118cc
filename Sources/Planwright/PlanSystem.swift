public import PlanDomain
public import PlanLifecycle
public import PlanStorage

/// An open store with the lifecycle on top of it; the entry point for hosts.
///
/// A value that may be shared by all threads and tasks; all copies are one open store, which ends
/// with ``close()`` or with the last reference.
///
/// ```swift
/// let system = try PlanSystem.open(.sqlite(at: "plans.db"))
/// let milk = try await system.plans.use("local/note", arguments: ["text": "milk"])
/// try system.close()
/// ```
public struct PlanSystem: Sendable {
  /// Reads and units of work.
  public let plans: PlanLifecycleService
  /// Backup, integrity check, checkpoint, description and schema of the store.
  public let maintenance: StoreMaintenance
  /// The location that was opened; `StorageBackend(location:)` opens the same store with it.
  ///
  /// Contains the options `durability` and `exclusive` of a SQLite store when they are not the
  /// standard ones; a location cannot express the other options.
  public let location: String
  /// Whether acknowledged units of work survive the end of the process, also when it is killed.
  public var isDurable: Bool { plans.engine.traits.isDurable }

  /// Creates a system from its parts.
  package init(plans: PlanLifecycleService, maintenance: StoreMaintenance, location: String) {
    self.plans = plans
    self.maintenance = maintenance
    self.location = location
  }

  /// Opens a store with the system's clock and randomness; creates it if it does not exist.
  ///
  /// Blocks the calling thread, also while pending migrations run. Systems of one process that open
  /// the same store share it, whatever the spelling of its path.
  ///
  /// ```swift
  /// let system = try PlanSystem.open(.sqlite(at: "plans.db"))
  /// try await system.register([note])
  /// ```
  ///
  /// - Throws: ``StorageError/Code/invalidLocation`` if the location names no store;
  ///   ``StorageError/Code/cannotOpen`` or ``StorageError/Code/readOnly`` if the file cannot be
  ///   opened or written; ``StorageError/Code/notAStore`` for a file of something else;
  ///   ``StorageError/Code/schemaTooNew`` if a newer version wrote it;
  ///   ``StorageError/Code/conflictingOpen`` if this process has it open with other options;
  ///   ``StorageError/Code/busy`` if another process keeps it locked; other errors of
  ///   ``StorageError`` if it fails.
  public static func open(
    _ backend: StorageBackend, telemetry: PlanTelemetry = .none
  ) throws -> PlanSystem {
    try open(backend, environment: systemEnvironment, telemetry: telemetry)
  }

  /// Opens a store with the host's own environment, for example in tests.
  ///
  /// ``open(_:telemetry:)`` has the system's. Blocks the calling thread.
  ///
  /// ```swift
  /// let environment = PlanEnvironment(
  ///   time: SystemTimeSource(), ids: ULIDGenerator(randomness: SystemRandomNumberGenerator()),
  ///   jitter: { 0.5 })
  /// let system = try PlanSystem.open(.inMemory, environment: environment)
  /// ```
  ///
  /// - Throws: The errors of ``open(_:telemetry:)``, as ``StorageError``.
  public static func open(
    _ backend: StorageBackend, environment: PlanEnvironment, telemetry: PlanTelemetry = .none
  ) throws -> PlanSystem {
    system(on: try backend.open(), backend, environment, telemetry)
  }

  /// Opens a store that exists for reading only: no call changes or creates a file.
  ///
  /// For tools that look at stores: it works on a read-only file system, while other processes use
  /// the store, and beside a system of this process that has it open. Every unit of work throws
  /// ``StorageError/Code/readOnly``. If another process begins to use the store and changes its
  /// file during a read, the body is run again, or the read throws ``StorageError/Code/busy``.
  /// Blocks the calling thread.
  ///
  /// ```swift
  /// let system = try PlanSystem.openReadOnly(.sqlite(at: "plans.db"))
  /// let counts = try await system.plans.read { try $0.counts(in: .all) }
  /// ```
  ///
  /// - Throws: ``StorageError/Code/cannotOpen`` if the store does not exist;
  ///   ``StorageError/Code/readOnly`` if its schema must be migrated first;
  ///   ``StorageError/Code/unsupported`` for an in-memory store; ``StorageError/Code/notAStore``,
  ///   ``StorageError/Code/schemaTooNew``, ``StorageError/Code/busy`` and other errors of
  ///   ``StorageError`` as ``open(_:telemetry:)`` does.
  public static func openReadOnly(
    _ backend: StorageBackend, telemetry: PlanTelemetry = .none
  ) throws -> PlanSystem {
    system(on: try backend.openReadOnly(), backend, systemEnvironment, telemetry)
  }

  private static func system(
    on engine: any StorageEngine, _ backend: StorageBackend, _ environment: PlanEnvironment,
    _ telemetry: PlanTelemetry
  ) -> PlanSystem {
    PlanSystem(
      plans: PlanLifecycleService(
        engine: engine, environment: environment, telemetry: telemetry),
      maintenance: StoreMaintenance(
        engine: engine, location: backend.description, environment: environment),
      location: backend.description)
  }

  /// Reads the version of a store's schema without opening or changing the store.
  ///
  /// Changes no byte of a file and creates none; a file that does not exist has version 0 with all
  /// migrations pending, and so has a named in-memory SQLite store that is not open. Blocks the
  /// calling thread.
  ///
  /// ```swift
  /// let schema = try PlanSystem.schema(of: .sqlite(at: "plans.db"))
  /// print(schema.current, "of", schema.supported, schema.pending)
  /// ```
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a private in-memory store, and for one whose
  ///   schema has no versions; ``StorageError/Code/notAStore`` for a file of something else;
  ///   ``StorageError/Code/busy`` and other errors of ``StorageError`` if it cannot be read. A
  ///   schema that is too new is no error.
  public static func schema(of backend: StorageBackend) throws -> SchemaState {
    try backend.schema()
  }

  /// Runs the pending migrations of a store without keeping it open, and returns its new state.
  ///
  /// `open` also migrates; use this method to choose the time. Idempotent, and safe while other
  /// threads and processes open or migrate the store. Blocks the calling thread.
  ///
  /// ```swift
  /// try PlanSystem.migrate(.sqlite(at: "plans.db"))
  /// ```
  ///
  /// - Throws: The errors of ``open(_:telemetry:)``, as ``StorageError``;
  ///   ``StorageError/Code/unsupported`` for a private in-memory store, and for one whose schema
  ///   has no versions.
  @discardableResult
  public static func migrate(_ backend: StorageBackend) throws -> SchemaState {
    try backend.migrate()
  }

  /// Restores a backup: copies it to the place of a store that is not open.
  ///
  /// The backup is checked first; the copy gets its name in one step when it is complete and on the
  /// disk. With `replacing`, it takes the place of what exists there, which no process may have
  /// open. `progress` is called with the number of parts copied and in total; an error that it
  /// throws ends the call, and nothing has changed. Blocks the calling thread.
  /// ``StoreMaintenance/backup(to:progress:)`` makes a backup.
  ///
  /// ```swift
  /// try PlanSystem.restore(.sqlite(at: "plans.db"), from: "plans-copy.db", replacing: true)
  /// ```
  ///
  /// - Throws: What `progress` throws; ``StorageError/Code/invalidLocation`` if something exists at
  ///   the place and `replacing` is false; ``StorageError/Code/busy`` if a process has the store
  ///   open; ``StorageError/Code/notAStore`` for a file of something else, at the place or as the
  ///   backup; ``StorageError/Code/corrupt``, ``StorageError/Code/cannotOpen`` and
  ///   ``StorageError/Code/schemaTooNew`` for the backup; ``StorageError/Code/unsupported`` for a
  ///   store without backups; other errors of ``StorageError`` if the copy fails.
  public static func restore(
    _ backend: StorageBackend, from backup: String, replacing: Bool = false,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void = { _, _ in }
  ) throws {
    try backend.restore(from: backup, replacing: replacing, progress: progress)
  }

  /// The system's clock and randomness.
  private static var systemEnvironment: PlanEnvironment {
    PlanEnvironment(
      time: SystemTimeSource(), ids: processIDs, jitter: { Double.random(in: 0..<1) })
  }

  // Shared by the process, so that ids increase across all systems.
  private static let processIDs = ULIDGenerator(randomness: SystemRandomNumberGenerator())

  /// Returns a worker for the actors that have a handler; call its `run()` to start it.
  ///
  /// `name` is for people and becomes a part of the lease owner. `redaction` decides what is stored
  /// of an error that a handler throws. `report` receives the worker's events. `accepts` says which
  /// plans of these actors the worker may claim; nil for all. It is asked inside the unit of work
  /// that claims, perhaps several times for one plan; a plan that it refuses is left to other
  /// workers, and asked about again after growing pauses of at most ten seconds. Both must return
  /// at once.
  ///
  /// ```swift
  /// let writer: PlanHandler = { assignment, _ in
  ///   .complete(.string("noted: \(assignment.arguments["text"]?.stringValue ?? "")"))
  /// }
  /// let worker = system.worker(named: "notes", handlers: ["writer": writer])
  /// try await worker.run()
  /// ```
  public func worker(
    named name: String, handlers: [ActorName: PlanHandler],
    options: WorkerOptions = .standard, redaction: FailureRedaction = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in },
    accepts: (@Sendable (Plan) -> Bool)? = nil
  ) -> PlanWorker {
    PlanWorker(
      store: plans, name: name, handlers: handlers, options: options, redaction: redaction,
      report: report, accepts: accepts)
  }

  /// Closes the store once running units of work have finished; blocks the calling thread until
  /// then.
  ///
  /// Idempotent. Running workers, waiting feeds and waiting handles of this system end with
  /// ``StorageError/Code/closed``; ``PlanWorker/stop()`` first lets handlers finish. The store
  /// itself is closed with the last system of this process that has it open.
  ///
  /// ```swift
  /// worker.stop()
  /// try await running.value  // the task that runs the worker
  /// try system.close()
  /// ```
  ///
  /// - Throws: ``StorageError/Code/nestedUnitOfWork`` inside a unit of work or a read of this
  ///   store.
  public func close() throws(StorageError) { try plans.close() }
}

extension PlanSystem: CustomReflectable {
  /// A mirror of the location; the store is hidden, so that no host reaches it by reflection.
  public var customMirror: Mirror {
    Mirror(self, children: ["location": location], displayStyle: .struct)
  }
}
