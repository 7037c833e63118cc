import PlanDomain
import PlanStorage
import Synchronization

/// One open store: a pool of connections, and what is known of its schema.
///
/// The registry creates one engine for each store in a process. Safe to use from any thread.
final class PostgreSQLEngine: Sendable {
  /// What tests replace.
  struct Probes: Sendable {
    var migrations = Migration.all
    /// Random numbers that identify units of work and states of actions.
    var random: @Sendable () -> Int64 = { Int64.random(in: .min ... .max) }
    /// Waits before a body is run again; the number of runs so far.
    var pause: @Sendable (Int) -> Void = { runs in
      let most = min(1 << min(runs, 6), 50)
      _ = Latch<Void>().wait(atMost: .microseconds(Int64.random(in: 0...Int64(most) * 1_000)))
    }
  }

  /// How often a body is run again because of what others do, before its caller gets the error.
  static let mostRepetitions = 60
  /// How long a lost commit is looked up before its caller gets `outcomeUnknown`.
  static let outcomeLimit = Duration.seconds(30)

  let identity: DatabaseIdentity
  let location: PostgreSQLLocation
  let pool: PostgreSQLPool
  let keys: StoreKeys
  let cache = EngineCache()
  let notifier = CommitNotifier()
  let observers = ActivityObservers()
  let commits: CommitSignal
  let background: BackgroundWork
  let probes: Probes
  /// A position of the feed that was taken before: those of later commits are higher.
  private let position: Atomic<Int64>
  private let process = ForkGeneration.current

  init(
    _ identity: DatabaseIdentity, _ location: PostgreSQLLocation, _ pool: PostgreSQLPool,
    position: Int64, probes: Probes
  ) {
    self.position = Atomic(position)
    self.identity = identity
    self.location = location
    self.pool = pool
    keys = StoreKeys(schema: identity.schema)
    background = BackgroundWork(pool, keys)
    commits = CommitSignal(pool.connector, topic: identity.schema)
    self.probes = probes
  }

  var subject: String { pool.subject }

  /// A position of the feed that was taken before: those of later commits are higher.
  var knownPosition: Int64 { position.load(ordering: .relaxed) }

  /// Records the position of a committed event.
  func note(position committed: Int64?) {
    if let committed { position.max(committed, ordering: .relaxed) }
  }

  /// Runs the body on one snapshot, with a connection of the pool on this thread.
  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try checkEntry("reading")
    try pool.withConnection("reading") { connection in
      try UnitOfWorkRun(self, isWritable: false).run(on: &connection, body)
    }
  }

  /// Runs the body as one unit of work, with a connection of the pool on this thread.
  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try checkEntry("writing")
    try pool.withConnection("writing") { connection in
      try UnitOfWorkRun(self, isWritable: true).run(on: &connection, body)
    }
  }

  /// Runs the body as one unit of work on a thread of the pool.
  func submit(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) -> SubmittedUnitOfWork {
    do { try checkUsable("writing") } catch {
      completion(.failure(error))
      return SubmittedUnitOfWork {}
    }
    let withdraw = pool.submit(
      "writing",
      { [self] connection in
        try UnitOfWorkRun(self, isWritable: true).run(on: &connection, body)
      },
      completion: { [pool] result in
        // Marks the thread of the pool, which must not wait for itself.
        ReentrancyGuard.enterChecked(pool, session: pool, isForWriting: false) {
          completion(result)
        }
      })
    return SubmittedUnitOfWork(withdraw: withdraw)
  }

  /// Runs the body with a connection, outside of units of work.
  func using<R>(
    _ operation: String, _ body: (PostgreSQLConnection) throws -> R
  ) throws -> R {
    try checkEntry(operation)
    return try pool.withConnection(operation) { connection in try body(connection) }
  }

  /// Throws `conflictingOpen` if the connection leads to another server, which has the same
  /// identifiers because its files are a copy of those of this one.
  func checkServer(of connection: PostgreSQLConnection) throws {
    let own = try pool.open(within: Self.outcomeLimit)
    defer { own.close() }
    let key = PostgreSQLValue.int(probes.random())
    _ = try own.rows("opening", SQL.takeKey, [key])
    guard try connection.rows("opening", SQL.takeKey, [key]).bool(0, 0) else { return }
    throw StorageError(
      .conflictingOpen, operation: "opening", subject: connection.subject,
      reason: "this process has the same store open on another server, of which this one is a copy",
      advice: "open the copy in another process")
  }

  /// Ends all connections, once their users have returned.
  func shutDown() {
    // A child process must not use its parent's connections, not even to close them.
    guard isOfThisProcess else { return }
    // The last lease was released inside a body or a handler, which must end first.
    let isNested =
      ReentrancyGuard.isInside(self) || ReentrancyGuard.isInside(pool)
      || ReentrancyGuard.isInside(commits) || ReentrancyGuard.isInside(observers)
    if isNested, DetachedThread.start({ [self] in shutDown() }) { return }
    commits.close()
    pool.close()
  }

  /// Whether this process opened the engine; false in a child that was forked later.
  var isOfThisProcess: Bool { process == .current }

  /// Throws `nestedUnitOfWork` inside a body of this engine, and inside a handler of its observers,
  /// which runs on the thread that commits.
  func checkNesting(_ operation: String) throws(StorageError) {
    try ReentrancyGuard.check(self, operation: operation, subject: subject)
    // Not asked without observers: it is part of every call.
    guard !observers.isEmpty, ReentrancyGuard.isInside(observers) else { return }
    throw StorageError(
      .nestedUnitOfWork, operation: operation, subject: subject,
      reason: "it runs a handler of its activities",
      advice: "return from the handler, and call the store from a task or another thread")
  }

  private func checkEntry(_ operation: String) throws(StorageError) {
    try checkUsable(operation)
    try checkNesting(operation)
  }

  private func checkUsable(_ operation: String) throws(StorageError) {
    if !isOfThisProcess {
      throw StorageError(.forked, operation: operation, subject: subject)
    }
  }
}
