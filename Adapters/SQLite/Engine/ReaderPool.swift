import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A pool of read-only connections; each is lent to one reader at a time.
///
/// Connections are opened on demand, without the lock held. Waiting readers are served in the order
/// in which they came. Safe to use from any thread.
final class ReaderPool: Sendable {
  private struct State: Sendable {
    var idle: [SQLiteConnection] = []
    /// All open connections, idle and lent.
    var open: [SQLiteConnection] = []
    /// The number of connections that are being opened.
    var opening = 0
    var lent = 0
    var waiting: [Latch<SQLiteConnection?>] = []
    var isGateClosed = false
    var isClosed = false
    var isSuspended = false
    /// Opened when the last reader leaves; the thread that closed the gate or the pool waits for
    /// it.
    var empty: Latch<Bool>?
  }

  private enum Step: Sendable {
    case use(SQLiteConnection)
    case open
    case wait(Latch<SQLiteConnection?>)
    case refuse(isClosed: Bool)
  }

  private let limit: Int
  private let subject: String
  private let open: @Sendable () throws(StorageError) -> SQLiteConnection
  private let state = Locked(State())

  init(
    limit: Int, subject: String,
    open: @escaping @Sendable () throws(StorageError) -> SQLiteConnection
  ) {
    self.limit = limit
    self.subject = subject
    self.open = open
  }

  /// The number of open connections.
  var count: Int { state.withLock { $0.open.count + $0.opening } }

  /// Runs the body with exclusive use of a connection; waits until one is available.
  ///
  /// Throws what the body threw, `closed`, `suspended`, or the error of opening a connection.
  func lend<R>(_ body: (SQLiteConnection) throws -> R) throws -> R {
    let connection = try borrow()
    defer { returnConnection(connection) }
    return try body(connection)
  }

  private func borrow() throws(StorageError) -> SQLiteConnection {
    while true {
      let step: Step = state.withLock { state in
        if state.isClosed || state.isSuspended { return .refuse(isClosed: state.isClosed) }
        if !state.isGateClosed, state.lent < limit {
          state.lent += 1
          if let connection = state.idle.popLast() { return .use(connection) }
          state.opening += 1
          return .open
        }
        let latch = Latch<SQLiteConnection?>()
        state.waiting.append(latch)
        return .wait(latch)
      }
      switch step {
      case .use(let connection): return connection
      case .refuse(let isClosed):
        throw StorageError(isClosed ? .closed : .suspended, operation: "reading", subject: subject)
      case .wait(let latch): if let connection = latch.wait() { return connection }
      case .open: return try openConnection()
      }
    }
  }

  /// Opens a connection for a reader that is counted already.
  private func openConnection() throws(StorageError) -> SQLiteConnection {
    do throws(StorageError) {
      let connection = try open()
      let isSuspended = state.withLock { state in
        if state.isSuspended { return true }
        state.opening -= 1
        state.open.append(connection)
        return false
      }
      guard isSuspended else { return connection }
      connection.close()
      throw StorageError(.suspended, operation: "reading", subject: subject)
    } catch {
      leave { $0.opening -= 1 }
      throw error
    }
  }

  private func returnConnection(_ connection: SQLiteConnection) {
    if connection.isRevoked {
      connection.close()
      return leave { state in state.open.removeAll { $0 === connection } }
    }
    // Passes the connection to the first waiting reader, unless the gate or the pool is closed.
    let next: Latch<SQLiteConnection?>? = state.withLock { state in
      guard !state.isGateClosed, !state.isClosed, !state.waiting.isEmpty else { return nil }
      return state.waiting.removeFirst()
    }
    if let next { return next.open(with: connection) }
    leave { $0.idle.append(connection) }
  }

  /// Ends a loan; wakes the thread that waits for the last reader, and the first waiting reader.
  private func leave(_ change: (inout State) -> Void) {
    let (empty, next): (Latch<Bool>?, Latch<SQLiteConnection?>?) = state.withLock { state in
      change(&state)
      state.lent -= 1
      let empty = state.lent == 0 ? state.empty : nil
      if empty != nil { state.empty = nil }
      let mayEnter = !state.isGateClosed && !state.waiting.isEmpty
      return (empty, mayEnter ? state.waiting.removeFirst() : nil)
    }
    empty?.open(with: true)
    next?.open(with: nil)
  }

  /// Blocks new readers until `openGate`; returns false when readers are still active after this
  /// time.
  func closeGate(timeout: Duration) -> Bool {
    let latch = Latch<Bool>()
    let isEmpty = state.withLock { state in
      state.isGateClosed = true
      if state.lent > 0 { state.empty = latch }
      return state.lent == 0
    }
    return isEmpty || latch.wait(atMost: timeout) == true
  }

  /// Admits readers again.
  func openGate() {
    let waiting = state.withLock { state in
      state.isGateClosed = false
      state.empty = nil
      defer { state.waiting = [] }
      return state.waiting
    }
    for latch in waiting { latch.open(with: nil) }
  }

  /// Rejects new and waiting readers, waits for the active ones, and closes the connections.
  func close() {
    let latch = Latch<Bool>()
    let (waiting, isEmpty) = state.withLock { state in
      state.isClosed = true
      if state.lent > 0 { state.empty = latch }
      defer { state.waiting = [] }
      return (state.waiting, state.lent == 0)
    }
    for latch in waiting { latch.open(with: nil) }
    if !isEmpty { _ = latch.wait() }
    for connection in removeAll() { connection.close() }
  }

  private func removeAll() -> [SQLiteConnection] {
    state.withLock { state in
      defer { (state.idle, state.open) = ([], []) }
      return state.open
    }
  }

  /// Rejects new and waiting readers with `suspended` until `resume`.
  func suspend() {
    let waiting = state.withLock { state in
      state.isSuspended = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for latch in waiting { latch.open(with: nil) }
  }

  /// Whether no connection is lent.
  var isIdle: Bool { state.withLock { $0.lent == 0 } }

  /// Takes all connections away from their readers and closes them; call `suspend` first.
  ///
  /// Returns false when a statement or an opening is still running at `deadline`, in nanoseconds of
  /// `BusyWait.now()`; another call goes on with what is left.
  func takeAwayAll(until deadline: Int64) -> Bool {
    while state.withLock({ $0.opening }) > 0 {
      guard BusyWait.now() < deadline else { return false }
      BusyWait.pause()
    }
    for connection in state.withLock({ $0.open }) {
      guard connection.takeAway(until: deadline) else { return false }
    }
    _ = removeAll()
    return true
  }

  /// Admits readers again; their connections are opened on demand.
  func resume() {
    state.withLock { state in
      state.idle.removeAll { $0.isRevoked }
      state.isSuspended = false
    }
  }
}
