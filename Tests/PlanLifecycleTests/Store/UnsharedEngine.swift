import PlanDomain
import PlanStorage

/// A store of a server that only this process uses, and says so.
///
/// Otherwise the lifecycle asks it for commits of other processes so often that a test, which moves
/// the clock, cannot see whether another alarm is set.
final class UnsharedEngine: UnitOfWorkSubmitting, ActivityReporting {
  let traits: StorageTraits
  var notifier: CommitNotifier { inner.notifier }
  var observers: ActivityObservers { inner.observers }
  private let inner: any UnitOfWorkSubmitting & ActivityReporting

  init(_ inner: any UnitOfWorkSubmitting & ActivityReporting) {
    self.inner = inner
    traits = StorageTraits(
      latency: inner.traits.latency, isDurable: inner.traits.isDurable,
      isSharedBetweenProcesses: false)
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws { try inner.read(body) }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws { try inner.write(body) }

  func submit(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) -> SubmittedUnitOfWork {
    inner.submit(body, completion: completion)
  }

  func close() throws(StorageError) { try inner.close() }
}
