import PlanStorage

/// One open database: one connection that writes, and a few that read.
///
/// There is one for each database in a process; the registry sees to that. Safe to use from any
/// thread.
final class SQLiteEngine: Sendable {
  /// What tests put between the steps, and what they make smaller.
  struct Probes: Sendable {
    var migrations = Migration.all
    var hooks = BatchWriter.Hooks()
    var logLimits = LogKeeper.Limits()
    /// When the writer's connection is open and set up, before the schema is looked at.
    var beforeMigrating: @Sendable (DatabasePlace) throws -> Void = { _ in }
    /// When everything is closed.
    var afterClosing: @Sendable () -> Void = {}
  }

  let place: DatabasePlace
  let options: SQLiteOptions
  let announcer = Announcer()
  let schemaVersion: Int
  let log: LogKeeper
  private let writer: SQLiteConnection
  private let queue: WriteQueue
  /// Nobody but the writer reads a database in memory, or one that is locked for others.
  let readers: ReaderPool?
  private let process = ProcessMark.current
  private let afterClosing: @Sendable () -> Void

  /// Opens the database with this connection, and brings its schema up to date.
  ///
  /// Throws `StorageError`; the connection is closed then.
  init(
    _ place: DatabasePlace, _ options: SQLiteOptions, on connection: SQLiteConnection,
    probes: Probes
  ) throws {
    self.place = place
    self.options = options
    writer = connection
    afterClosing = probes.afterClosing
    do {
      try connection.configure(place.path == nil ? .privateMemory : .readWrite, options)
      try probes.beforeMigrating(place)
      schemaVersion = try Migrator(connection, probes.migrations).run()
      var pool: ReaderPool?
      if let path = place.path, !options.exclusive {
        pool = ReaderPool(limit: options.readers, subject: place.subject) {
          () throws(StorageError) in try SQLiteConnection(reading: path, place, options)
        }
      }
      readers = pool
      log = try LogKeeper(connection, readers: pool, limits: probes.logLimits)
      queue = WriteQueue(
        BatchWriter(
          connection, log: log, isShared: place.path != nil && !options.exclusive,
          hooks: probes.hooks),
        commitsAreSlow: place.path != nil && options.durability == .full)
    } catch {
      connection.close()
      guard let error = error as? StorageError else { throw error }
      throw StorageError(
        error.code, operation: "opening", subject: place.subject, reason: error.reason)
    }
  }

  /// Runs the body as one unit of work.
  func write<R: Sendable>(_ body: @Sendable (any UnitOfWork) throws -> R) throws -> R {
    try checkEntry("writing")
    return try perform(.unitOfWork) { connection in
      try run(body, on: connection, isWritable: true)
    }
  }

  /// Queues the body as one unit of work.
  func submit<R: Sendable>(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> R,
    completion: @escaping @Sendable (Result<R, any Error>) -> Void
  ) -> Submission {
    let returned = Returned<R>()
    let job = Job(.unitOfWork, bodies: 0) { error in
      completion(returned.result(error))
    } body: { [unowned self] connection in
      returned.value = try run(body, on: connection, isWritable: true)
    }
    do {
      try checkProcess("writing")
      try queue.submit(job)
    } catch {
      completion(.failure(error))
      return Submission {}
    }
    return Submission { [queue] in
      if queue.withdraw(job) { completion(.failure(CancellationError())) }
    }
  }

  /// Runs the body on one snapshot.
  func read<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R {
    try checkEntry("reading")
    guard let readers else {
      return try perform(.read) { connection in
        try run(body, on: connection, isWritable: false)
      }
    }
    return try readers.lend { connection in
      try connection.begin(.begin)
      defer { connection.endReading() }
      return try run(body, on: connection, isWritable: false)
    }
  }

  /// Runs the body on one snapshot and counts the steps of its statements.
  func measuringReads<R: Sendable>(
    _ body: @Sendable (any ReadSession) throws -> R
  ) throws -> (result: R, visits: Int) {
    try checkEntry("reading")
    let measured: @Sendable (SQLiteConnection) throws -> (result: R, visits: Int) = { connection in
      try connection.begin(.begin)
      defer { connection.endReading() }
      return try connection.measuring { try self.run(body, on: connection, isWritable: false) }
    }
    guard let readers else { return try perform(.alone, measured) }
    return try readers.lend(measured)
  }

  /// Runs the body with the writer's connection for itself, between transactions.
  func alone<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    try checkEntry(operation)
    return try perform(.alone, body)
  }

  /// Whether this process opened it; false in a child that was forked since.
  var isOfThisProcess: Bool { process == .current }

  /// How many units of work wait for their turn.
  var queued: Int { queue.count }

  /// Lets nobody in any more, ends what is under way and queued, and closes readers, then the
  /// writer.
  func shutDown() {
    // A child process must not touch what its parent has open, not even to close it.
    guard isOfThisProcess else { return }
    // Let go of for the last time inside of a body: that body has to end first.
    if BodyUnderWay.isInside(self) { return CommitThread.start { [self] in shutDown() } }
    let job = Job(.alone) { [readers, log] connection in
      readers?.close()
      _ = log.cutOff(connection)
      connection.close()
    }
    try? queue.run(job, closesQueue: true)
    queue.dismissOwnThread()
    afterClosing()
  }

  private func run<R>(
    _ body: (SQLiteSession) throws -> R, on connection: SQLiteConnection, isWritable: Bool
  ) throws -> R {
    try BodyUnderWay.enter(self, isForWriting: isWritable, store: place.subject) {
      try SQLiteSession(on: connection, isWritable: isWritable).run(body)
    }
  }

  /// Queues the body and waits for its outcome.
  private func perform<R: Sendable>(
    _ kind: Job.Kind, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    let returned = Returned<R>()
    try withoutActuallyEscaping(body) { body in
      let job = Job(kind) { returned.value = try body($0) }
      try queue.run(job)
      try job.check()
    }
    return try returned.result(nil).get()
  }

  /// Throws `forked` in a child process, and `nestedUnitOfWork` inside of a body of this store.
  private func checkEntry(_ operation: String) throws(StorageError) {
    try checkProcess(operation)
    if BodyUnderWay.isInside(self) {
      throw StorageError(.nestedUnitOfWork, operation: operation, subject: place.subject)
    }
  }

  private func checkProcess(_ operation: String) throws(StorageError) {
    if !isOfThisProcess {
      throw StorageError(.forked, operation: operation, subject: place.subject)
    }
  }
}
