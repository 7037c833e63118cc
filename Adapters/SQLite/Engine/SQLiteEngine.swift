import PlanDomain
import PlanStorage
import Synchronization

/// One open database: one connection that writes, and a few that read.
///
/// There is one for each database in a process; the registry sees to that. Safe to use from any
/// thread.
final class SQLiteEngine: Sendable {
  /// What tests put between the steps, and what they make smaller.
  struct Probes: Sendable {
    var migrations = Migration.all
    var hooks = BatchWriter.Hooks()
    var logLimits = WALCheckpointer.Limits()
    /// How often the files are looked at, in nanoseconds, where not every commit does.
    var lookInterval = DatabaseFiles.usualInterval
    /// When the writer's connection is open and set up, before the schema is looked at.
    var beforeMigrating: @Sendable (DatabaseIdentity) throws -> Void = { _ in }
    /// When everything is closed.
    var afterClosing: @Sendable () -> Void = {}
  }

  let identity: DatabaseIdentity
  let options: SQLiteOptions
  let notifier = CommitNotifier()
  /// The version of the schema after opening.
  let schemaVersion: Int
  private let migrations: [Migration]
  let log: WALCheckpointer
  private let writer: SQLiteConnection
  let queue: WriteQueue
  /// Nobody but the writer reads a database in memory, or one that is locked for others.
  let readers: ReaderPool?
  /// Nil for a database in memory.
  private let files: DatabaseFiles?
  private let end = EngineTermination()
  private let isShuttingDown = Atomic(false)
  private let closed = Latch<LeftBehindFiles>()
  private let process = ForkGeneration.current
  private let afterClosing: @Sendable () -> Void

  /// Opens the database with this connection, and brings its schema up to date.
  ///
  /// Throws `StorageError`; the connection is closed then.
  init(
    _ identity: DatabaseIdentity, _ options: SQLiteOptions, on connection: SQLiteConnection,
    probes: Probes
  ) throws {
    self.identity = identity
    self.options = options
    writer = connection
    migrations = probes.migrations
    afterClosing = probes.afterClosing
    do {
      try connection.configure(identity.path == nil ? .privateMemory : .readWrite, options)
      try probes.beforeMigrating(identity)
      schemaVersion = try Migrator(connection, migrations).run()
      files = try Self.files(of: connection, identity, options, probes.lookInterval)
      readers = Self.readers(of: identity, options, files)
      log = try WALCheckpointer(connection, readers: readers, limits: probes.logLimits)
      queue = WriteQueue(
        BatchWriter(
          connection, log: log, isShared: identity.path != nil && !options.exclusive,
          newestSchema: probes.migrations.count, files: files,
          looksAtEachCommit: options.durability == .full, end: end, hooks: probes.hooks),
        commitsAreSlow: identity.path != nil && options.durability == .full,
        spins: options.allowsSpinning && Spinning.isUseful)
      end.whenOver { [weak self] in
        // Not on the thread that found out: it may lead the queue, or read. Without a thread the
        // engine stays open until its last lease ends.
        if let self { _ = DetachedThread.start { self.shutDown() } }
      }
    } catch {
      connection.close()
      guard let error = error as? StorageError else { throw error }
      throw StorageError(
        error.code, operation: "opening", subject: identity.subject, reason: error.reason)
    }
  }

  /// The files of the database that this connection has open.
  private static func files(
    of connection: SQLiteConnection, _ identity: DatabaseIdentity, _ options: SQLiteOptions,
    _ interval: Int64
  ) throws(StorageError) -> DatabaseFiles? {
    guard let path = identity.path else { return nil }
    let files = try DatabaseFiles(
      at: path, subject: identity.subject, isExclusive: options.exclusive, interval: interval)
    if connection.hasMoved {
      throw StorageError(.moved, operation: "opening", subject: identity.subject)
    }
    return files
  }

  private static func readers(
    of identity: DatabaseIdentity, _ options: SQLiteOptions, _ files: DatabaseFiles?
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
    let job = Job(.unitOfWork, bodies: 0) { error in
      completion(error.map { .failure($0) } ?? .success(()))
    } body: { [unowned self] connection in
      try run(body, on: connection, isWritable: true)
    }
    do {
      try checkUsable("writing")
      try queued("writing") { () throws(StorageError) in try queue.submit(job) }
    } catch {
      completion(.failure(error))
      return SubmittedUnitOfWork {}
    }
    return SubmittedUnitOfWork { [queue] in
      if queue.withdraw(job) { completion(.failure(CancellationError())) }
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

  /// Runs the body with the connection of a reader, on one snapshot, or with the writer's where there
  /// are no readers; the files are at their place before and after it.
  func inspect<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    try checkEntry(operation)
    try checkFiles(operation)
    let result =
      if let readers { try lend(readers, operation, body) } else { try returning(operation, body) }
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
        return try body(connection)
      }
    } catch {
      end.note(error)
      // A reader that came when the pool was closed is told why.
      if (error as? StorageError)?.code == .closed { try end.check(operation) }
      throw error
    }
  }

  /// Looks whether the files are where they were.
  ///
  /// Throws `moved`, and the engine is over.
  private func checkFiles(_ operation: String) throws(StorageError) {
    try noting { () throws(StorageError) in try files?.check(operation) }
  }

  private func noting(_ check: () throws(StorageError) -> Void) throws(StorageError) {
    do { try check() } catch {
      end.note(error)
      throw error
    }
  }

  /// Runs the body on one snapshot and counts the steps of its statements.
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

  /// Runs the body with the writer's connection for itself, between transactions.
  func alone<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    try checkEntry(operation)
    return try returning(operation, body)
  }

  /// Reads the version of the schema, to which another process may have added since opening.
  func schema() throws -> SchemaState {
    try alone("reading the schema of") { try Migrator($0, self.migrations).state() }
  }

  /// Runs the migrations that are pending, if any.
  func migrate() throws -> SchemaState {
    try alone("migrating") { connection in
      SchemaState(
        version: try Migrator(connection, self.migrations).run(), of: self.migrations)
    }
  }

  /// Whether this process opened it; false in a child that was forked since.
  var isOfThisProcess: Bool { process == .current }

  /// How many units of work wait for their turn.
  var queued: Int { queue.count }

  /// Whether it takes no more calls, because its files are not where they were or its schema is too
  /// new by now; looks at the files.
  func isOver() -> Bool {
    try? checkFiles("opening")
    return end.isOver
  }

  /// What the database is; nil for one in memory.
  var fileNumber: FileIdentity? { files?.database }

  /// Waits until everything is closed; what is left at the place of a database that is not there.
  ///
  /// Throws `nestedUnitOfWork` inside of a body of this engine, which would wait for itself.
  func waitUntilClosed() throws(StorageError) -> LeftBehindFiles {
    try ReentrancyGuard.check(self, operation: "opening", subject: identity.subject)
    return closed.wait()
  }

  /// Lets nobody in any more, ends what is under way and queued, and closes readers, then the
  /// writer.
  ///
  /// A second call waits for the first. What is left behind of a database that is not there.
  @discardableResult
  func shutDown() -> LeftBehindFiles {
    // A child process must not touch what its parent has open, not even to close it.
    guard isOfThisProcess else { return .none }
    // Let go of for the last time inside of a body: that body has to end first.
    if ReentrancyGuard.isInside(self), DetachedThread.start({ [self] in shutDown() }) {
      return .none
    }
    if isShuttingDown.exchange(true, ordering: .acquiringAndReleasing) { return closed.wait() }
    let left = Locked(LeftBehindFiles.none)
    let job = Job(.closing) { [readers, log, files] connection in
      readers?.close()
      do {
        try files?.check("closing")
        // What cannot be copied stays in the log, from where the next opening reads it.
        _ = try? log.cutOff(connection)
      } catch {
        // What is at the path now, and beside it, is not this database's.
        connection.leaveLog()
        left.withLock { $0 = files?.leftBehind ?? $0 }
      }
      connection.close()
    }
    try? queue.run(job, closesQueue: true)
    queue.dismissOwnThread()
    var found = left.withLock { $0 }
    if files?.isReplaced == true {
      // At once: the next process to open what is there now would take the log for a part of it.
      found.putAside()
      found = .none
    }
    afterClosing()
    closed.open(with: found)
    return found
  }

  /// Runs the body with a session of its own; whoever came in has called `checkEntry`.
  private func run(
    _ body: (SQLiteSession) throws -> Void, on connection: SQLiteConnection, isWritable: Bool
  ) throws {
    let session = SQLiteSession(on: connection, isWritable: isWritable)
    try ReentrancyGuard.enterChecked(self, session: session, isForWriting: isWritable) {
      try body(session)
    }
  }

  /// Queues the body and waits for its outcome.
  private func perform(
    _ kind: Job.Kind, _ body: @Sendable (SQLiteConnection) throws -> Void
  ) throws {
    try withoutActuallyEscaping(body) { body in
      let job = Job(kind, body: body)
      try queued("writing") { () throws(StorageError) in try queue.run(job) }
      try job.check()
    }
  }

  /// Runs the body with the writer's connection for itself, and returns what it returned.
  private func returning<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    let result = BodyResult<R>()
    try perform(.alone) { connection in result.keep(try body(connection)) }
    return try result.value(of: operation)
  }

  /// A caller that comes when the queue is closed is told why it is.
  private func queued(
    _ operation: String, _ call: () throws(StorageError) -> Void
  ) throws(StorageError) {
    do { try call() } catch {
      try end.check(operation)
      throw error
    }
  }

  /// Throws as `checkUsable` does, and `nestedUnitOfWork` inside of a body of this store.
  private func checkEntry(_ operation: String) throws(StorageError) {
    try checkUsable(operation)
    try ReentrancyGuard.check(self, operation: operation, subject: identity.subject)
  }

  /// Throws `forked` in a child process, and why the engine is over when it is.
  private func checkUsable(_ operation: String) throws(StorageError) {
    if !isOfThisProcess {
      throw StorageError(.forked, operation: operation, subject: identity.subject)
    }
    try end.check(operation)
  }
}
