import PlanDomain
import PlanStorage
import TestSupport

/// A store that counts the calls that it refuses while it is suspended.
///
/// It is shared between processes, so that its users look for commits of others from time to time.
final class RefusalCountingEngine: Suspendable {
  let traits: StorageTraits
  private let inner: any Suspendable
  private let count = Locked(0)

  /// Opens a store that can be suspended.
  init(_ backend: StorageBackend) throws {
    guard let inner = try backend.open() as? any Suspendable else {
      throw TestError("\(backend) cannot be suspended")
    }
    self.inner = inner
    traits = StorageTraits(
      latency: inner.traits.latency, isDurable: false, isSharedBetweenProcesses: true)
  }

  /// The number of calls that were refused.
  var refusals: Int { count.withLock { $0 } }
  var notifier: CommitNotifier { inner.notifier }
  var suspension: Suspension { inner.suspension }

  private func counting(_ call: () throws -> Void) throws {
    do { try call() } catch {
      if StorageError.Code.suspended ~= error { count.withLock { $0 += 1 } }
      throw error
    }
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try counting { try inner.read(body) }
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try counting { try inner.write(body) }
  }

  func suspend(_ calls: SuspendedCalls, within limit: Duration) throws {
    try inner.suspend(calls, within: limit)
  }

  func resume() throws { try inner.resume() }
  func close() throws(StorageError) { try inner.close() }
}
