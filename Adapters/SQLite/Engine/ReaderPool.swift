import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The read-only connections of a database, lent to one reader at a time.
///
/// Opened when they are needed, never with the lock held; whoever has to wait is served in the order
/// of coming. Safe to use from any thread.
final class ReaderPool: Sendable {
  private struct State: Sendable {
    var idle: [SQLiteConnection] = []
    var opened = 0
    var lent = 0
    var waiting: [Latch<SQLiteConnection?>] = []
    var isGateClosed = false
    var isClosed = false
    /// Where whoever closed the gate or the pool waits for the last reader to leave.
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

  /// How many connections are open.
  var count: Int { state.withLock { $0.opened } }

  /// Runs the body with a connection of its own.
  ///
  /// Throws what the body threw, `closed`, or why no connection could be opened.
  func lend<R>(_ body: (SQLiteConnection) throws -> R) throws -> R {
    let connection = try borrow()
    defer { giveBack(connection) }
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

  private func giveBack(_ connection: SQLiteConnection) {
    // To the next one in line, if it may be let in at once.
    let next: Latch<SQLiteConnection?>? = state.withLock { state in
      guard !state.isGateClosed, !state.isClosed, !state.waiting.isEmpty else { return nil }
      return state.waiting.removeFirst()
    }
    if let next { return next.open(with: connection) }
    leave { $0.idle.append(connection) }
  }

  /// One reader less inside; tells whoever waits for that, or the next in line to look again.
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

  /// Lets nobody in until the gate is opened again; false when some are still inside after so long.
  func closeGate(patience: Duration) -> Bool {
    let latch = Latch<Bool>()
    let isEmpty = state.withLock { state in
      state.isGateClosed = true
      if state.lent > 0 { state.empty = latch }
      return state.lent == 0
    }
    return isEmpty || latch.wait(atMost: patience) == true
  }

  /// Lets readers in again.
  func openGate() {
    let waiting = state.withLock { state in
      state.isGateClosed = false
      state.empty = nil
      defer { state.waiting = [] }
      return state.waiting
    }
    for latch in waiting { latch.open(with: nil) }
  }

  /// Lets nobody in any more, waits for those inside, and closes the connections.
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
