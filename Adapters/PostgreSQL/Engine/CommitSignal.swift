import PlanDomain
import PlanStorage

/// Tells those who wait for the next commit, of this process or another one.
///
/// Opens its channel to the other processes when it is first used, so that a store that only reads
/// has no connection for it. Safe to use from any thread.
final class CommitSignal: Sendable {
  private struct State: Sendable {
    var handlers: [@Sendable () -> Void] = []
    var isClosed = false
  }

  private let connector: PostgreSQLConnector
  private let topic: String
  private let channel = Locked<CommitChannel?>(nil)
  private let state = Locked(State())

  init(_ connector: PostgreSQLConnector, topic: String) {
    self.connector = connector
    self.topic = topic
  }

  /// Calls the handler once, after the next commit, or when the signal is closed.
  ///
  /// Returns false, and never calls it, once the signal is closed or when the system has no more
  /// threads.
  func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool {
    guard openChannel() != nil else { return false }
    return state.withLock { state in
      if !state.isClosed { state.handlers.append(handler) }
      return !state.isClosed
    }
  }

  /// Tells this process and the others of a commit.
  func noteCommit() {
    openChannel()?.tell(1)
    callHandlers()
  }

  /// Ends the channel and calls those who wait.
  ///
  /// Idempotent.
  func close() {
    state.withLock { $0.isClosed = true }
    let open = channel.withLock { channel in
      defer { channel = nil }
      return channel
    }
    open?.close()
    callHandlers()
  }

  private func callHandlers() {
    let handlers = state.withLock { state in
      defer { state.handlers = [] }
      return state.handlers
    }
    // Marks the thread of the channel, which must not wait for itself.
    ReentrancyGuard.enterChecked(self, session: self, isForWriting: false) {
      for handler in handlers { handler() }
    }
  }

  private func openChannel() -> CommitChannel? {
    channel.withLock { channel in
      if let channel { return channel }
      // Asked under the lock under which closing takes the channel.
      if state.withLock({ $0.isClosed }) { return nil }
      channel = try? CommitChannel(connector, topic: topic) { [weak self] _ in
        self?.callHandlers()
      }
      return channel
    }
  }
}
