import PlanDomain
import PlanStorage
import Synchronization

/// Tells other processes about commits, and hears of theirs, by `NOTIFY` and `LISTEN`.
///
/// One connection and one thread of its own for each engine. The notifications are hints: one can be
/// lost with its connection, so `report` is told each time the channel listens again. They are sent
/// apart from the writers' transactions, because transactions that notify commit one after the other,
/// and not more often than every `interval`. Safe to use from any thread.
final class CommitChannel: Sendable {
  enum Report: Sendable, Equatable {
    /// The channel listens from now on; commits before this may not have been told.
    case listening
    /// Another process has committed; the bits are those of its calls of `tell` together.
    case committed(UInt8)
  }

  private let connector: PostgreSQLConnector
  private let topic: String
  private let interval: Int64
  private let report: @Sendable (Report) -> Void
  private let wakePipe: WakePipe
  /// The bits that are not sent yet.
  private let pending = Atomic<UInt8>(0)
  private let isClosing = Atomic(false)
  private let end = Latch<Void>()

  /// Creates a channel and starts its thread; `report` is called on that thread, without a lock.
  ///
  /// Processes with the same database and topic hear each other; `topic` is the name of the schema.
  /// Throws `outOfMemory` when the system has no thread or descriptor left.
  init(
    _ connector: PostgreSQLConnector, topic: String, interval: Duration = .milliseconds(5),
    report: @escaping @Sendable (Report) -> Void
  ) throws(StorageError) {
    self.connector = connector
    self.topic = topic
    self.interval = interval.nanoseconds
    self.report = report
    wakePipe = try WakePipe(subject: connector.subject)
    guard DetachedThread.start({ [self] in work() }) else {
      throw StorageError(
        .outOfMemory, operation: "opening", subject: connector.subject,
        reason: "the system cannot start another thread")
    }
  }

  /// Tells the other processes soon that something was committed; at least one bit must be set.
  ///
  /// Costs an atomic operation, and for the first call in an interval a system call.
  func tell(_ bits: UInt8) {
    if pending.bitwiseOr(bits, ordering: .acquiringAndReleasing).oldValue == 0 { wakePipe.wake() }
  }

  /// Sends what is not sent yet, closes the connection and ends the thread.
  ///
  /// Drops what cannot be sent within five seconds, because the server is away. Idempotent. Must not
  /// be called from `report`.
  func close() {
    isClosing.store(true, ordering: .releasing)
    wakePipe.wake()
    end.wait()
  }

  private var hasPending: Bool { pending.load(ordering: .acquiring) != 0 }
  private var mustEnd: Bool { isClosing.load(ordering: .acquiring) }

  private func work() {
    var pause: Int64 = 50_000_000
    var isLastTry = false
    while !isLastTry, !mustEnd || hasPending {
      // An attempt that the end interrupts is made once more, for what is not sent yet.
      isLastTry = mustEnd
      do {
        let connection = try connector.connect(within: .seconds(5)) { [isLastTry] in
          mustEnd && !isLastTry
        }
        defer { connection.close() }
        _ = try connection.run([
          PostgreSQLCommand(.commitWithoutWaiting), PostgreSQLCommand(.listen),
        ])
        pause = 50_000_000
        report(.listening)
        try serve(connection)
      } catch {
        // The store is usable without hints, and its own calls report what is wrong.
      }
      wakePipe.clear()
      if mustEnd { continue }
      SocketWait.waitToRead(wakePipe.output, or: -1, until: SocketWait.now() + pause)
      pause = min(pause * 2, 1_000_000_000)
    }
    end.open(with: ())
  }

  /// Sends and receives until the connection is lost or the channel is closed.
  private func serve(_ connection: PostgreSQLConnection) throws(PostgreSQLFailure) {
    var nextSending: Int64 = 0
    while true {
      for payload in try connection.notifications() { receive(payload) }
      // In this order: what was told before the channel was closed is sent.
      let isEnding = mustEnd
      let mustSend = hasPending
      if mustSend, isEnding || SocketWait.now() >= nextSending {
        try send(over: connection)
        nextSending = SocketWait.now() + interval
      } else if isEnding {
        return
      } else {
        connection.waitForInput(or: wakePipe.output, until: mustSend ? nextSending : .max)
        wakePipe.clear()
      }
    }
  }

  private func send(over connection: PostgreSQLConnection) throws(PostgreSQLFailure) {
    let bits = pending.exchange(0, ordering: .acquiringAndReleasing)
    do throws(PostgreSQLFailure) {
      _ = try connection.run([PostgreSQLCommand(.notify, [.text("\(topic) \(bits)")])])
    } catch {
      // Told by the next connection.
      pending.bitwiseOr(bits, ordering: .acquiringAndReleasing)
      throw error
    }
  }

  private func receive(_ payload: String) {
    let words = payload.split(separator: " ")
    guard words.count == 2, words[0] == topic, let bits = UInt8(words[1]) else { return }
    report(.committed(bits))
  }
}

extension PostgreSQLStatement {
  fileprivate static let listen = PostgreSQLStatement("listen", "LISTEN planwright_commit")
  fileprivate static let notify = PostgreSQLStatement(
    "notify", "SELECT pg_notify('planwright_commit', $1::text)")
  /// A notification that is lost with the server is no loss.
  fileprivate static let commitWithoutWaiting = PostgreSQLStatement(
    "commit_without_waiting", "SELECT set_config('synchronous_commit', 'off', false)")
}
