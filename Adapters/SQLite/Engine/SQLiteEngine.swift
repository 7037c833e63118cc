import PlanDomain
import PlanStorage
import Synchronization

/// One open database, with one connection that writes and several that read.
///
/// The registry creates one engine for each database in a process. Safe to use from any thread.
final class SQLiteEngine: Sendable {
  /// Functions that tests run between steps, and limits that tests reduce.
  struct Probes: Sendable {
    var migrations = Migration.all
    var hooks = BatchWriter.Hooks()
    var logLimits = WALCheckpointer.Limits()
    /// The interval between checks of the files, in nanoseconds, where not every commit checks
    /// them.
    var lookInterval = DatabaseFileMonitor.usualInterval
    /// Runs when the writer's connection is configured, before the schema is read.
    var beforeMigrating: @Sendable (DatabaseIdentity) throws -> Void = { _ in }
    /// Runs when all connections are closed.
    var afterClosing: @Sendable () -> Void = {}
    /// Runs when the writer's connection is opened again after a suspension, before it is used.
    var afterReopening: @Sendable () throws -> Void = {}
  }

  let identity: DatabaseIdentity
  let options: SQLiteOptions
  let notifier = CommitNotifier()
  let observers = ActivityObservers()
  /// The version of the schema after opening.
  let schemaVersion: Int
  let migrations: [Migration]
  let log: WALCheckpointer
  let writer: SQLiteConnection
  let queue: WriteQueue
  /// Nil for an in-memory or exclusive database, which only the writer's connection can read.
  let readers: ReaderPool?
  /// Nil for an in-memory database.
  let files: DatabaseFileMonitor?
  /// Nil for a database that no other process can write to.
  let writes: LogWriteSignal?
  let termination = EngineTermination()
  let suspension = Suspension()
  /// Held by one suspension, resumption or closing of the writer's connection at a time.
  let suspending = Locked(())
  private let isShuttingDown = Atomic(false)
  let closed = Latch<StaleLogFiles>()
  private let process = ForkGeneration.current
  private let afterClosing: @Sendable () -> Void
  let afterReopening: @Sendable () throws -> Void

  /// Configures the connection, runs the pending migrations and starts the engine.
  ///
  /// Closes the connection and throws `StorageError` on failure.
  init(
    _ identity: DatabaseIdentity, _ options: SQLiteOptions, on connection: SQLiteConnection,
    probes: Probes
  ) throws {
    self.identity = identity
    self.options = options
    writer = connection
    migrations = probes.migrations
    afterClosing = probes.afterClosing
    afterReopening = probes.afterReopening
    do {
      if identity.path != nil {
        // A file of another application or of a newer version is not changed, not by one byte.
        let inspection = SchemaInspection(
          identity: identity, migrations: migrations, timeout: options.busyTimeout)
        let isEmpty = try inspection.checkUsable().current == 0
        if isEmpty { try Migrator(connection, migrations).claim() }
      }
      try connection.configure(identity.path == nil ? .privateMemory : .readWrite, options)
      try probes.beforeMigrating(identity)
      schemaVersion = try Migrator(connection, migrations).run()
      files = try Self.files(of: connection, identity, options, probes.lookInterval)
      readers = Self.readers(of: identity, options, files)
      writes = options.exclusive ? nil : identity.path.map { LogWriteSignal(ofDatabaseAt: $0) }
      log = try WALCheckpointer(
        connection, readers: readers, limits: probes.logLimits, observers: observers)
      queue = WriteQueue(
        BatchWriter(
          connection, log: log, isShared: identity.path != nil && !options.exclusive,
          newestSchema: probes.migrations.count, files: files,
          checksEachCommit: options.durability == .full, termination: termination,
          observers: observers, hooks: probes.hooks),
        spins: options.allowsSpinning && Spinning.isUseful)
      termination.onTermination { [weak self] in
        // Not on this thread, which may lead the queue or read. If no thread can be created, the
        // engine stays open until its last lease is released.
        if let self { _ = DetachedThread.start { self.shutDown() } }
      }
    } catch {
      connection.close()
      guard let error = error as? StorageError else { throw error }
      throw StorageError(
        error.code, operation: "opening", subject: identity.subject, reason: error.reason,
        advice: error.advice)
    }
  }

  /// Returns the files that this connection has open; nil for an in-memory database.
  private static func files(
    of connection: SQLiteConnection, _ identity: DatabaseIdentity, _ options: SQLiteOptions,
    _ interval: Int64
  ) throws(StorageError) -> DatabaseFileMonitor? {
    guard let path = identity.path else { return nil }
    let files = try DatabaseFileMonitor(
      at: path, subject: identity.subject, isExclusive: options.exclusive, interval: interval)
    if connection.hasMoved {
      throw StorageError(.moved, operation: "opening", subject: identity.subject)
    }
    return files
  }

  private static func readers(
    of identity: DatabaseIdentity, _ options: SQLiteOptions, _ files: DatabaseFileMonitor?
  ) -> ReaderPool? {
    guard let path = identity.path, let files, !options.exclusive else { return nil }
    return ReaderPool(limit: options.readers, subject: identity.subject) {
      () throws(StorageError) in try SQLiteConnection(reading: path, identity, options, files)
    }
  }

  /// Runs the body as one unit of work.
  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try checkEntry("writing")
    try perform(.unitOfWork) { connection in
      try run(body, on: connection, isWritable: true)
    }
  }

  /// Queues the body as one unit of work.
  func submit(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) -> SubmittedUnitOfWork {
    let unit = PendingUnitOfWork(.unitOfWork, bodies: 0) { error in
      completion(error.map { .failure($0) } ?? .success(()))
    } body: { [unowned self] connection in
      try run(body, on: connection, isWritable: true)
    }
    do {
      try checkUsable("writing")
      try queued("writing") { () throws(StorageError) in try queue.submit(unit) }
    } catch {
      completion(.failure(error))
      return SubmittedUnitOfWork {}
    }
    return SubmittedUnitOfWork { [queue] in
      if queue.withdraw(unit) { completion(.failure(CancellationError())) }
    }
  }

  /// Runs the body on one snapshot.
  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try checkEntry("reading")
    guard let readers else {
      return try perform(.read) { connection in
        try run(body, on: connection, isWritable: false)
      }
    }
    try noting { () throws(StorageError) in try files?.checkWhenDue("reading") }
    try lend(readers, "reading") { connection in
      try run(body, on: connection, isWritable: false)
    }
  }

  /// Runs the body on one snapshot with a reader's connection, or with the writer's without
  /// readers.
  ///
  /// Checks the files before and after the body. Inside the body, calls of this store throw
  /// `nestedUnitOfWork`: it can be a caller's.
  func inspect<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    try checkEntry(operation)
    try checkFiles(operation)
    let guarded: @Sendable (SQLiteConnection) throws -> R = { connection in
      try ReentrancyGuard.enterChecked(self, session: connection, isForWriting: false) {
        try body(connection)
      }
    }
    let result =
      if let readers {
        try lend(readers, operation, guarded)
      } else {
        try returning(operation, guarded)
      }
    try checkFiles(operation)
    return result
  }

  private func lend<R>(
    _ readers: ReaderPool, _ operation: String, _ body: (SQLiteConnection) throws -> R
  ) throws -> R {
    do {
      return try readers.lend { connection in
        try connection.begin(.begin)
        defer { connection.endReading() }
        return try connection.explainingLoss(of: operation) { try body(connection) }
      }
    } catch {
      termination.note(error)
      // If the pool was closed because the engine is terminated, throws the reason.
      if (error as? StorageError)?.code == .closed { try termination.check(operation) }
      throw error
    }
  }

  /// Checks the files; throws `moved` and terminates the engine when they are not in place.
  private func checkFiles(_ operation: String) throws(StorageError) {
    try noting { () throws(StorageError) in try files?.check(operation) }
  }

  private func noting(_ check: () throws(StorageError) -> Void) throws(StorageError) {
    do { try check() } catch {
      termination.note(error)
      throw error
    }
  }

  /// Runs the body on one snapshot and returns the number of steps of its statements.
  func measuringReads(_ body: @Sendable (any ReadSession) throws -> Void) throws -> Int {
    try checkEntry("reading")
    let measured: @Sendable (SQLiteConnection) throws -> Int = { connection in
      try connection.begin(.begin)
      defer { connection.endReading() }
      return try connection.measuring { try self.run(body, on: connection, isWritable: false) }
    }
    guard let readers else { return try returning("reading", measured) }
    return try readers.lend(measured)
  }

  /// Runs the body with exclusive use of the writer's connection, outside of transactions.
  func alone<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    try checkEntry(operation)
    return try returning(operation, body)
  }

  /// Returns the state of the schema, which another process may have migrated after opening.
  func schema() throws -> SchemaState {
    try alone("reading the schema of") { try Migrator($0, self.migrations).state() }
  }

  /// Runs the pending migrations and returns the state of the schema.
  func migrate() throws -> SchemaState {
    try alone("migrating") { connection in
      SchemaState(
        version: try Migrator(connection, self.migrations).run(), of: self.migrations)
    }
  }

  /// Whether this process opened the engine; false in a child that was forked later.
  var isOfThisProcess: Bool { process == .current }

  /// The number of units of work in the queue.
  var queued: Int { queue.count }

  /// Whether the engine is terminated because its files are not in place or its schema is too new.
  ///
  /// Checks the files first.
  func isTerminated() -> Bool {
    try? checkFiles("opening")
    return termination.isTerminated
  }

  /// The identity of the database file; nil for an in-memory database.
  var fileIdentity: FileIdentity? { files?.database }

  /// Waits until the engine is closed; returns the files that it left at a path without its
  /// database.
  ///
  /// Throws `nestedUnitOfWork` where it would wait for itself.
  func waitUntilClosed() throws(StorageError) -> StaleLogFiles {
    try checkNesting("opening")
    return closed.wait()
  }

  /// Rejects new calls, finishes running and queued bodies, and closes the readers, then the
  /// writer.
  ///
  /// A second call waits for the first. Returns the files that the engine left at a path where its
  /// database is no longer.
  @discardableResult
  func shutDown() -> StaleLogFiles {
    // A child process must not use its parent's connections, not even to close them.
    guard isOfThisProcess else { return .none }
    // The last lease was released inside a body or a handler, which must end first.
    if isNested, DetachedThread.start({ [self] in shutDown() }) {
      return .none
    }
    if isShuttingDown.exchange(true, ordering: .acquiringAndReleasing) { return closed.wait() }
    writes?.stop()
    let left = Locked(StaleLogFiles.none)
    let unit = PendingUnitOfWork(.closing) { [self] connection in
      readers?.close()
      let found = suspending.withLock { _ in close(connection) }
      left.withLock { $0 = found }
    }
    try? queue.run(unit, closesQueue: true)
    queue.dismissOwnThread()
    var found = left.withLock { $0 }
    if files?.isReplaced == true {
      // Immediately: a process that opens the new file would apply this log to it.
      found.setAside()
      found = .none
    }
    afterClosing()
    closed.open(with: found)
    return found
  }

  /// Closes the writer's connection; returns the files that it left at a path where its database is
  /// no longer.
  private func close(_ connection: SQLiteConnection) -> StaleLogFiles {
    if let files, connection.isRevoked {
      // The engine is suspended: its log may be beside another database by now.
      connection.close(leavesLog: true)
      return files.leftBehind
    }
    defer { connection.close() }
    do {
      try files?.check("closing")
      // Pages that cannot be copied stay in the log; the next opening reads them from there.
      _ = try? log.copyAndTruncate(connection)
      return .none
    } catch {
      // The files that are now at the path belong to another database.
      connection.leaveLog()
      return files?.leftBehind ?? .none
    }
  }

  /// Runs the body with a new session; the caller has called `checkEntry` or `checkUsable`.
  private func run(
    _ body: (SQLiteSession) throws -> Void, on connection: SQLiteConnection, isWritable: Bool
  ) throws {
    let session = SQLiteSession(on: connection, isWritable: isWritable)
    try ReentrancyGuard.enterChecked(self, session: session, isForWriting: isWritable) {
      try body(session)
      if isWritable { try connection.writeDirtyRow() }
    }
  }

  /// Queues the body and waits for its outcome.
  private func perform(
    _ kind: PendingUnitOfWork.Kind, _ body: @Sendable (SQLiteConnection) throws -> Void
  ) throws {
    try withoutActuallyEscaping(body) { body in
      let unit = PendingUnitOfWork(kind, body: body)
      try queued("writing") { () throws(StorageError) in try queue.run(unit) }
      try unit.check()
    }
  }

  /// Runs the body with exclusive use of the writer's connection and returns its result.
  private func returning<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    let result = BodyResult<R>()
    try perform(.alone) { connection in result.keep(try body(connection)) }
    return try result.value(of: operation)
  }

  /// Runs a call of the queue; if the engine is terminated, throws the reason instead of `closed`.
  private func queued(
    _ operation: String, _ call: () throws(StorageError) -> Void
  ) throws(StorageError) {
    do { try call() } catch {
      try termination.check(operation)
      throw error
    }
  }

  /// Throws the same errors as `checkUsable` and `checkNesting`.
  func checkEntry(_ operation: String) throws(StorageError) {
    try checkUsable(operation)
    try checkNesting(operation)
  }

  /// Throws `forked` in a child process, and the reason when the engine is terminated.
  private func checkUsable(_ operation: String) throws(StorageError) {
    if !isOfThisProcess {
      throw StorageError(.forked, operation: operation, subject: identity.subject)
    }
    try termination.check(operation)
  }
}
