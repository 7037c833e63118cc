import PlanDomain
import PlanStorage

/// A body that waits for its turn on the writer's connection, and how it ended.
///
/// Its body returns nothing, so one type of job serves all results.
final class Job: Sendable {
  typealias Body = @Sendable (SQLiteConnection) throws -> Void

  /// What a job needs around it.
  enum Kind: Sendable {
    /// A transaction, which it may share.
    case unitOfWork
    /// A transaction, in which it only reads.
    case read
    /// The connection without a transaction, for itself.
    case alone
    /// The same, for the last one.
    case closing

    /// Whether it runs outside of transactions.
    var isAlone: Bool { self == .alone || self == .closing }
  }

  private enum State: Sendable {
    case waiting(Body)
    case running
    case succeeded
    case failed(any Error)
  }

  let kind: Kind
  /// What the thread that waits is inside of.
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

  /// Runs the body, at most once; whether it succeeded.
  func run(on connection: SQLiteConnection) -> Bool {
    // A body that a waiting caller lent must be let go of before the caller goes on.
    guard case .waiting(let body) = change(to: .running) else { return false }
    do {
      try ReentrancyGuard.inPlace(of: bodies) { try body(connection) }
      _ = change(to: .succeeded)
      return true
    } catch {
      _ = change(to: .failed(error))
      return false
    }
  }

  /// Has this error for an outcome unless the body threw one of its own.
  func failUnlessFailed(_ error: any Error) {
    if case .failed = state.withLock({ $0 }) { return }
    _ = change(to: .failed(error))
  }

  /// Tells the outcome to whoever is not a waiting thread.
  func finish() { completion?(failure) }

  /// Throws what the body threw, or why what it did was not kept.
  func check() throws { if let failure { throw failure } }

  private var failure: (any Error)? {
    switch state.withLock({ $0 }) {
    case .succeeded: nil
    case .failed(let error): error
    case .waiting, .running:
      StorageError(.closed, operation: "waiting for", subject: "a unit of work")
    }
  }

  /// The state before.
  private func change(to next: State) -> State {
    state.withLock { state in
      defer { state = next }
      return state
    }
  }
}
