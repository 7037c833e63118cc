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
    var opened = 0
    var lent = 0
    var waiting: [Latch<SQLiteConnection?>] = []
    var isGateClosed = false
    var isClosed = false
    /// Opened when the last reader leaves; the thread that closed the gate or the pool waits for
    /// it.
    var empty: Latch<Bool>?
  }

  private enum Step: Sendable {
    case use(SQLiteConnection)
    case open
    case wait(Latch<SQLiteConnection?>)
    case refuse
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
  var count: Int { state.withLock { $0.opened } }

  /// Runs the body with exclusive use of a connection; waits until one is available.
  ///
  /// Throws what the body threw, `closed`, or the error of opening a connection.
  func lend<R>(_ body: (SQLiteConnection) throws -> R) throws -> R {
    let connection = try borrow()
    defer { returnConnection(connection) }
    return try body(connection)
  }

  private func borrow() throws(StorageError) -> SQLiteConnection {
    while true {
      let step: Step = state.withLock { state in
        if state.isClosed { return .refuse }
        if !state.isGateClosed, state.lent < limit {
          state.lent += 1
          if let connection = state.idle.popLast() { return .use(connection) }
          state.opened += 1
          return .open
        }
        let latch = Latch<SQLiteConnection?>()
        state.waiting.append(latch)
        return .wait(latch)
      }
      switch step {
      case .use(let connection): return connection
      case .refuse: throw StorageError(.closed, operation: "reading", subject: subject)
      case .wait(let latch): if let connection = latch.wait() { return connection }
      case .open:
        do { return try open() } catch {
          leave { $0.opened -= 1 }
          throw error
        }
      }
    }
  }

  private func returnConnection(_ connection: SQLiteConnection) {
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
    let idle = state.withLock { state in
      defer {
        state.idle = []
        state.opened = 0
      }
      return state.idle
    }
    for connection in idle { connection.close() }
  }
}
