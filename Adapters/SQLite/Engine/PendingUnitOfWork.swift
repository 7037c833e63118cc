import PlanDomain
import PlanStorage

/// A body that waits for the writer's connection, and its outcome.
///
/// Safe to use from any thread.
final class PendingUnitOfWork: Sendable {
  typealias Body = @Sendable (SQLiteConnection) throws -> Void

  /// The way in which a body is run.
  enum Kind: Sendable {
    /// In a transaction, which other bodies may share.
    case unitOfWork
    /// Like `unitOfWork`, but the body only reads.
    case read
    /// Without a transaction, with exclusive use of the connection.
    case alone
    /// Like `alone`, for the last body of the queue.
    case closing

    /// Whether the body runs outside of transactions.
    var isAlone: Bool { self == .alone || self == .closing }
  }

  private enum State: Sendable {
    case waiting(Body)
    case running
    case succeeded
    case failed(any Error)
  }

  let kind: Kind
  /// The running bodies of the waiting thread, as in `ReentrancyGuard.ofThisThread`.
  private let bodies: UInt
  private let state: Locked<State>
  private let completion: (@Sendable ((any Error)?) -> Void)?

  init(
    _ kind: Kind, bodies: UInt = ReentrancyGuard.ofThisThread,
    completion: (@Sendable ((any Error)?) -> Void)? = nil, body: @escaping Body
  ) {
    self.kind = kind
    self.bodies = bodies
    self.completion = completion
    state = Locked(.waiting(body))
  }

  /// Runs the body, at most once; returns whether it succeeded.
  func run(on connection: SQLiteConnection) -> Bool {
    // The body of a waiting caller must not escape, so it is released before the caller continues.
    guard case .waiting(let body) = change(to: .running) else { return false }
    do {
      try connection.explainingLoss(of: "writing") {
        try ReentrancyGuard.inPlace(of: bodies) { try body(connection) }
      }
      _ = change(to: .succeeded)
      return true
    } catch {
      _ = change(to: .failed(error))
      return false
    }
  }

  /// Fails with this error, unless the body has thrown its own error.
  func failUnlessFailed(_ error: any Error) {
    if case .failed = state.withLock({ $0 }) { return }
    _ = change(to: .failed(error))
  }

  /// Calls the completion handler with the outcome; a waiting caller has none and calls `check`.
  func finish() { completion?(failure) }

  /// Throws what the body threw, or why its changes were not committed.
  func check() throws { if let failure { throw failure } }

  private var failure: (any Error)? {
    switch state.withLock({ $0 }) {
    case .succeeded: nil
    case .failed(let error): error
    case .waiting, .running:
      StorageError(.closed, operation: "waiting for", subject: "a unit of work")
    }
  }

  /// Sets the state and returns the previous one.
  private func change(to next: State) -> State {
    state.withLock { state in
      defer { state = next }
      return state
    }
  }
}
