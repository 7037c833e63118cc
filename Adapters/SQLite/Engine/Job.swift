import PlanDomain
import PlanStorage

/// Something that waits for its turn on the writer's connection.
protocol Job: AnyObject, Sendable {
  var kind: JobKind { get }
  /// Runs the body; whether it succeeded. At most once.
  func run(on connection: SQLiteConnection) -> Bool
  /// Has this error for an outcome, whatever came out of the body.
  func fail(_ error: any Error)
  /// Has this error for an outcome unless the body threw one of its own.
  func failUnlessFailed(_ error: any Error)
  /// Tells the outcome to whoever is not a waiting thread.
  func finish()
}

/// What a job needs around it.
enum JobKind: Sendable {
  /// A transaction, which it may share.
  case unitOfWork
  /// A transaction, in which it only reads.
  case read
  /// The connection without a transaction, for itself.
  case alone
}

/// A body and its outcome.
final class BodyJob<R: Sendable>: Job {
  typealias Body = @Sendable (SQLiteConnection) throws -> R

  let kind: JobKind
  /// What the thread that waits is inside of.
  private let bodies: UInt
  private let body: Guarded<Body?>
  private let outcome = Guarded<Result<R, any Error>?>(nil)
  private let completion: (@Sendable (Result<R, any Error>) -> Void)?

  init(
    _ kind: JobKind, bodies: UInt = BodyUnderWay.ofThisThread,
    completion: (@Sendable (Result<R, any Error>) -> Void)? = nil, body: @escaping Body
  ) {
    self.kind = kind
    self.bodies = bodies
    self.completion = completion
    self.body = Guarded(body)
  }

  func run(on connection: SQLiteConnection) -> Bool {
    guard let body = takeBody() else { return false }
    let result = BodyUnderWay.inPlace(of: bodies) { Result { try body(connection) } }
    outcome.withLock { $0 = result }
    if case .success = result { return true }
    return false
  }

  func fail(_ error: any Error) {
    _ = takeBody()
    outcome.withLock { $0 = .failure(error) }
  }

  func failUnlessFailed(_ error: any Error) {
    let hasFailed = outcome.withLock { outcome in
      if case .failure = outcome { true } else { false }
    }
    if !hasFailed { fail(error) }
  }

  func finish() {
    if let completion, let outcome = outcome.withLock({ $0 }) { completion(outcome) }
  }

  /// The outcome, once there is one; throws what the body threw, or why it was not kept.
  func result() throws -> R {
    guard let outcome = outcome.withLock({ $0 }) else {
      throw StorageError(.closed, operation: "waiting for", subject: "a unit of work")
    }
    return try outcome.get()
  }

  // A body that a waiting caller lent must be let go of before the caller goes on.
  private func takeBody() -> Body? {
    body.withLock { body in
      defer { body = nil }
      return body
    }
  }
}
