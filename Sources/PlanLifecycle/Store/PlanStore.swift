public import PlanStorage

/// The lifecycle on top of any store: units of work for synchronous and asynchronous callers.
///
/// Safe to use from any thread and any task.
public final class PlanStore: Sendable {
  /// The store underneath.
  public let engine: any StorageEngine
  /// The clock, the ids and the jitter.
  public let surroundings: Surroundings
  private let lane = BlockingLane()
  /// The same store, if it takes units of work without keeping a thread of the caller.
  private let submitting: (any UnitOfWorkSubmitting)?

  /// Puts the lifecycle on top of a store.
  public init(engine: any StorageEngine, surroundings: Surroundings) {
    self.engine = engine
    submitting = engine as? any UnitOfWorkSubmitting
    self.surroundings = surroundings
  }

  /// Runs the body on one consistent snapshot, on the calling thread.
  ///
  /// Throws what the body threw, or `StorageError`.
  public func read<R: Sendable>(
    _ body: @Sendable (borrowing PlanView) throws -> R
  ) throws -> R {
    try engine.read { session in try body(PlanView(session: session)) }
  }

  /// Runs the body as one unit of work; returns once it is committed.
  ///
  /// Throws what the body threw, after which nothing was changed, or `StorageError`.
  @discardableResult
  public func write<R: Sendable>(
    _ body: @Sendable (borrowing PlanWork) throws -> R
  ) throws -> R {
    let surroundings = surroundings
    let (result, announcement) = try engine.write { session in
      try Self.run(body, session, surroundings)
    }
    engine.announcer.announce(announcement)
    return result
  }

  private static func run<R: Sendable>(
    _ body: (borrowing PlanWork) throws -> R, _ session: any UnitOfWork,
    _ surroundings: Surroundings
  ) throws -> (R, Announcement) {
    let changes = ChangeList()
    let work = PlanWork(session: session, surroundings: surroundings, changes: changes)
    return (try body(work), changes.announcement)
  }

  /// Runs the body on one consistent snapshot, never blocking the cooperative threads.
  ///
  /// Throws what the body threw, or `StorageError`.
  public func read<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanView) throws -> R
  ) async throws -> R {
    switch engine.traits.latency {
    case .inline: try readNow(body)
    case .blocking: try await lane.run { [self] in try readNow(body) }
    }
  }

  /// Runs the body as one unit of work, never blocking the cooperative threads.
  ///
  /// Throws what the body threw, after which nothing was changed, or `StorageError`; where the store
  /// queues units of work, `CancellationError` when the task was cancelled before the body began.
  @discardableResult
  public func write<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanWork) throws -> R
  ) async throws -> R {
    if let submitting {
      let (result, announcement) = try await submitting.submitted { [surroundings] session in
        try Self.run(body, session, surroundings)
      }
      engine.announcer.announce(announcement)
      return result
    }
    switch engine.traits.latency {
    case .inline: return try writeNow(body)
    case .blocking: return try await lane.run { [self] in try writeNow(body) }
    }
  }

  /// Lets go of the store; again changes nothing.
  public func close() throws(StorageError) { try engine.close() }

  // In asynchronous code a bare `read` or `write` means the asynchronous one.
  private func readNow<R: Sendable>(
    _ body: @Sendable (borrowing PlanView) throws -> R
  ) throws -> R { try read(body) }

  private func writeNow<R: Sendable>(
    _ body: @Sendable (borrowing PlanWork) throws -> R
  ) throws -> R { try write(body) }
}
