import PlanDomain
import PlanStorage

/// A store with planned faults that can be suspended; suspending and resuming it never fail as
/// planned.
final class SuspendableFaultyEngine: Suspendable {
  private let faulty: FaultyEngine
  private let store: any Suspendable

  /// Creates the store from one with faults, which forwards to `store`.
  init(_ faulty: FaultyEngine, around store: any Suspendable) {
    self.faulty = faulty
    self.store = store
  }

  var traits: StorageTraits { faulty.traits }
  var notifier: CommitNotifier { faulty.notifier }
  var suspension: Suspension { store.suspension }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws { try faulty.read(body) }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws { try faulty.write(body) }

  func suspend(_ calls: SuspendedCalls, within limit: Duration) throws {
    try store.suspend(calls, within: limit)
  }

  func resume() throws { try store.resume() }

  func close() throws(StorageError) { try faulty.close() }
}
