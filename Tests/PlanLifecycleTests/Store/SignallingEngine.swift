import PlanDomain
import PlanStorage

/// A store that counts its reads and tells of writes when a test says so.
final class SignallingEngine: WriteSignalling {
  let hooked: HookedEngine
  private let canTell: Bool
  private let waiting = Locked([@Sendable () -> Void]())

  /// Shared with other processes, whose commits are not notified; without `canTell` it refuses to
  /// tell of writes.
  init(_ inner: any StorageEngine, canTell: Bool = true) {
    hooked = HookedEngine(inner, isDeaf: true)
    self.canTell = canTell
  }

  var traits: StorageTraits { hooked.traits }
  var notifier: CommitNotifier { hooked.notifier }

  /// The number of handlers that wait for the next write.
  var signals: Int { waiting.withLock { $0.count } }

  /// Tells of a write.
  func tell() {
    let handlers = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for handler in handlers { handler() }
  }

  func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool {
    if canTell { waiting.withLock { $0.append(handler) } }
    return canTell
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws { try hooked.read(body) }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws { try hooked.write(body) }

  func close() throws(StorageError) { try hooked.close() }
}
