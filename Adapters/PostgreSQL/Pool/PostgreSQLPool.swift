import PlanDomain
import PlanStorage

/// A pool of connections to one server; each is lent to one user at a time.
///
/// At most `limit` are lent. They are opened on demand, without the lock held, and checked when they
/// are lent again. Users are served in the order in which they came, threads and jobs alike; one that
/// waits for longer than `waitLimit` gets the error `busy`. Safe to use from any thread.
final class PostgreSQLPool: Sendable {
  /// What a user gets: a connection, or the right to open one.
  private enum Grant: Sendable {
    case connection(PostgreSQLConnection)
    case opening
  }

  private enum Waiter: Sendable {
    /// A thread waits; nil means that the pool was closed.
    case thread(Latch<Grant?>, deadline: Int64)
    case job(PoolJob, deadline: Int64)
  }

  private struct State: Sendable {
    var idle: [PostgreSQLConnection] = []
    var lent = 0
    var waiting = WaitQueue<Waiter>()
    var isClosed = false
    /// Whether a task watches the deadlines of the jobs that wait.
    var isWatched = false
    /// Opened when the last user of a closed pool leaves.
    var empty: Latch<Void>?
  }

  let connector: PostgreSQLConnector
  let limit: Int
  private let waitLimit: Duration
  private let threads = PoolThreads()
  private let state = Locked(State())
  /// Opened by `close`.
  private let closing = Latch<Void>()

  init(_ connector: PostgreSQLConnector, limit: Int = 16, waitLimit: Duration = .seconds(30)) {
    self.connector = connector
    self.limit = limit
    self.waitLimit = waitLimit
  }

  /// The name of the store in errors.
  var subject: String { connector.subject }

  /// The numbers of idle and of lent connections, and of users that wait.
  var counts: (idle: Int, lent: Int, waiting: Int) {
    state.withLock { ($0.idle.count, $0.lent, $0.waiting.count) }
  }

  /// The number of threads that the pool keeps for jobs.
  var threadCount: Int { threads.count }

  /// Runs the body with a connection, on the calling thread, which waits until one is free.
  ///
  /// The connection may be replaced by `replace`. A transaction that the body leaves open is rolled
  /// back. Throws what the body threw, `busy` when none was free in time, `closed`, or the error of
  /// connecting.
  func withConnection<R>(
    _ operation: String, _ body: (inout PostgreSQLConnection) throws -> R
  ) throws -> R {
    let deadline = SocketWait.now() + waitLimit.nanoseconds
    var connection = try connection(for: try enter(operation, deadline), operation, until: deadline)
    defer { giveBack(connection) }
    return try body(&connection)
  }

  /// Runs the body with a connection on a thread of the pool, and then calls `completion`.
  ///
  /// Returns at once. Waiting costs no thread. `completion` is called exactly once, when the pool has
  /// the connection back, and must not block; it gets what the body returned or threw, or an error of
  /// `withConnection`. The function that is returned withdraws the body unless it has begun;
  /// `completion` gets `CancellationError` then.
  func submit<R: Sendable>(
    _ operation: String, _ body: @escaping @Sendable (inout PostgreSQLConnection) throws -> R,
    completion: @escaping @Sendable (Result<R, any Error>) -> Void
  ) -> @Sendable () -> Void {
    let job = PoolJob(body, completion: completion)
    let deadline = SocketWait.now() + waitLimit.nanoseconds
    let (grant, number, isClosed, mustWatch) = state.withLock {
      state -> (Grant?, Int?, Bool, Bool) in
      if state.isClosed { return (nil, nil, true, false) }
      if let grant = Self.takeFree(&state, limit) { return (grant, nil, false, false) }
      let number = state.waiting.append(.job(job, deadline: deadline))
      defer { state.isWatched = true }
      return (nil, number, false, !state.isWatched)
    }
    if mustWatch { watchDeadlines(operation) }
    if isClosed { job.fail(StorageError(.closed, operation: operation, subject: subject)) }
    if let grant { start(job, grant, operation) }
    guard let number else { return {} }
    return { [self] in
      if state.withLock({ $0.waiting.remove(number) != nil }) { job.fail(CancellationError()) }
    }
  }

  /// Closes a connection that is lent, and opens another one in its place, for the same user.
  ///
  /// Throws the error of connecting; the connection is broken then, and stays with its user.
  func replace(
    _ connection: inout PostgreSQLConnection, within limit: Duration
  ) throws(StorageError) {
    connection.close()
    connection = try open(within: limit)
  }

  /// Opens a connection that does not belong to the pool, and is not counted.
  func open(within limit: Duration) throws(StorageError) -> PostgreSQLConnection {
    try connector.connect(within: limit) { state.withLock { $0.isClosed } }
  }

  /// Refuses new and waiting users, waits for the others, and closes all connections.
  ///
  /// Idempotent. Must not be called by a user of a connection.
  func close() {
    let empty = Latch<Void>()
    let waiting = state.withLock { state in
      state.isClosed = true
      if state.lent == 0 { empty.open(with: ()) } else { state.empty = empty }
      return state.waiting.removeAll()
    }
    closing.open(with: ())
    for waiter in waiting {
      switch waiter {
      case .thread(let latch, _): latch.open(with: nil)
      case .job(let job, _):
        job.fail(StorageError(.closed, operation: "waiting for", subject: subject))
      }
    }
    empty.wait()
    threads.close()
    let idle = state.withLock { state in
      defer { state.idle = [] }
      return state.idle
    }
    for connection in idle { connection.close() }
  }
}

/// Entering and leaving.
extension PostgreSQLPool {
  private enum Entry: Sendable {
    case granted(Grant)
    case wait(Latch<Grant?>, number: Int)
    case closed
  }

  /// Takes a free place, if nobody waits for one.
  private static func takeFree(_ state: inout State, _ limit: Int) -> Grant? {
    guard state.lent < limit, state.waiting.isEmpty else { return nil }
    state.lent += 1
    return state.idle.popLast().map { .connection($0) } ?? .opening
  }

  private func enter(_ operation: String, _ deadline: Int64) throws(StorageError) -> Grant {
    let entry = state.withLock { state -> Entry in
      if state.isClosed { return .closed }
      if let grant = Self.takeFree(&state, limit) { return .granted(grant) }
      let latch = Latch<Grant?>()
      return .wait(latch, number: state.waiting.append(.thread(latch, deadline: deadline)))
    }
    switch entry {
    case .granted(let grant): return grant
    case .closed: throw StorageError(.closed, operation: operation, subject: subject)
    case .wait(let latch, let number):
      if latch.wait(atMost: waitLimit) == nil {
        let isWaiting = state.withLock { $0.waiting.remove(number) != nil }
        if isWaiting { throw busy(operation) }
      }
      // The latch is open, or is just being opened.
      guard let grant = latch.wait() else {
        throw StorageError(.closed, operation: operation, subject: subject)
      }
      return grant
    }
  }

  /// Returns a usable connection for a user who is counted already.
  private func connection(
    for grant: Grant, _ operation: String, until deadline: Int64
  ) throws(StorageError) -> PostgreSQLConnection {
    var next: PostgreSQLConnection? = if case .connection(let given) = grant { given } else { nil }
    while true {
      while let connection = next {
        if connection.checkIsAlive() { return connection }
        connection.close()
        next = popIdle()
      }
      var hasFound = false
      do throws(StorageError) {
        // A server that has no connection to spare is not asked again once another one is free.
        return try connector.connect(within: .nanoseconds(max(deadline - SocketWait.now(), 0))) {
          let (isClosed, isFree) = state.withLock { ($0.isClosed, !$0.idle.isEmpty) }
          hasFound = isFree && !isClosed
          return isClosed || isFree
        }
      } catch {
        next = popIdle()
        // Somebody else may have taken it.
        if next != nil || hasFound && SocketWait.now() < deadline { continue }
        giveBack(nil)
        throw error
      }
    }
  }

  private func popIdle() -> PostgreSQLConnection? { state.withLock { $0.idle.popLast() } }

  private func giveBack(_ connection: PostgreSQLConnection?) {
    guard let (job, grant) = leave(connection) else { return }
    start(job, grant, "waiting for")
  }

  /// Passes the place of a user to the first one that waits; returns it when it is a job.
  private func leave(_ connection: PostgreSQLConnection?) -> (PoolJob, Grant)? {
    connection?.rollBack()
    var kept = connection
    if let connection, connection.isBroken {
      connection.close()
      kept = nil
    }
    let (next, grant, empty) = state.withLock { state -> (Waiter?, Grant, Latch<Void>?) in
      let grant = kept.map { Grant.connection($0) } ?? state.idle.popLast().map { .connection($0) }
      if let next = state.waiting.popFirst() { return (next, grant ?? .opening, nil) }
      state.lent -= 1
      if case .connection(let connection) = grant { state.idle.append(connection) }
      return (nil, .opening, state.lent == 0 ? state.empty : nil)
    }
    empty?.open(with: ())
    switch next {
    case .job(let job, _): return (job, grant)
    case .thread(let latch, _):
      latch.open(with: grant)
      return nil
    case nil: return nil
    }
  }

  private func busy(_ operation: String) -> StorageError {
    StorageError(
      .busy, operation: operation, subject: subject,
      reason: "none of its \(limit) connections was free within \(waitLimit.components.seconds) s",
      advice: "shorten units of work, or raise the option connections of the location")
  }
}

/// Jobs.
extension PostgreSQLPool {
  private func start(_ job: PoolJob, _ grant: Grant, _ operation: String) {
    if threads.run({ [self] in work(job, grant, operation) }) { return }
    if case .connection(let connection) = grant { giveBack(connection) } else { giveBack(nil) }
    job.fail(
      StorageError(
        .outOfMemory, operation: operation, subject: subject,
        reason: "the system cannot start another thread"))
  }

  /// Runs the job, and then those that wait, as long as the connection would otherwise be passed to
  /// another thread of the pool.
  private func work(_ first: PoolJob, _ firstGrant: Grant, _ operation: String) {
    var next: (PoolJob, Grant)? = (first, firstGrant)
    while let (job, grant) = next {
      do {
        let deadline = SocketWait.now() + waitLimit.nanoseconds
        var connection = try connection(for: grant, operation, until: deadline)
        let completion = job.run(&connection)
        next = leave(connection)
        completion()
      } catch {
        next = nil
        job.fail(error)
      }
    }
  }

  /// Fails the jobs that have waited for too long, until none waits.
  private func watchDeadlines(_ operation: String) {
    let isStarted = threads.run { [self] in
      while let deadline = nextDeadline() {
        let rest = max(deadline - SocketWait.now(), 1_000_000)
        if closing.wait(atMost: .nanoseconds(rest)) != nil { break }
        for job in removeExpired() { job.fail(busy(operation)) }
      }
    }
    if !isStarted { state.withLock { $0.isWatched = false } }
  }

  /// The time at which the first user has waited for too long; nil when none waits.
  ///
  /// Threads leave the queue by themselves.
  private func nextDeadline() -> Int64? {
    state.withLock { state in
      switch state.waiting.first {
      case .job(_, let deadline), .thread(_, let deadline): return deadline
      case nil:
        state.isWatched = false
        return nil
      }
    }
  }

  private func removeExpired() -> [PoolJob] {
    let now = SocketWait.now()
    return state.withLock { state in
      var expired: [PoolJob] = []
      while case .job(let job, let deadline) = state.waiting.first, deadline <= now {
        _ = state.waiting.popFirst()
        expired.append(job)
      }
      return expired
    }
  }
}
