public import PlanDomain
import Synchronization

/// A store that tells observers what it does for all of its callers together.
///
/// Obligations: all engines of one store in a process share one set of observers; each activity is
/// reported once, after it happened; a store without observers reads no clock for them; a call of
/// the store that would wait for the thread of a handler throws `nestedUnitOfWork` inside of it
/// (`ReentrancyGuard.check` with the observers as the store).
public protocol ActivityReporting: StorageEngine {
  /// The observers of this store in this process.
  var observers: ActivityObservers { get }
}

/// The observers of what one store does.
///
/// Safe to use from any thread. Handlers run on the thread that did the work, often the one that
/// commits, and must return at once. While they run, the thread is inside the observers, as
/// `ReentrancyGuard` tells.
///
/// ```swift
/// let observation = store.observers.observe { activity in print(activity) }
/// ```
public final class ActivityObservers: Sendable {
  private struct Handlers: Sendable {
    var last = 0
    var all: [Int: @Sendable (StorageActivity) -> Void] = [:]
  }
  private let handlers = Locked(Handlers())
  private let count = Atomic(0)

  /// Creates a set without observers.
  public init() {}

  /// Whether there are no observers; costs an atomic load.
  public var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

  /// Calls the handler of every observer.
  public func report(_ activity: StorageActivity) {
    let all = handlers.withLock { Array($0.all.values) }
    ReentrancyGuard.enterChecked(self, session: self, isForWriting: false) {
      for handler in all { handler(activity) }
    }
  }

  /// Calls the handler for every activity until the returned observation is released.
  public func observe(_ handler: @escaping @Sendable (StorageActivity) -> Void) -> Observation {
    let number = handlers.withLock { handlers in
      handlers.last += 1
      handlers.all[handlers.last] = handler
      return handlers.last
    }
    count.add(1, ordering: .relaxed)
    return Observation { [weak self] in
      guard let self else { return }
      handlers.withLock { _ = $0.all.removeValue(forKey: number) }
      count.subtract(1, ordering: .relaxed)
    }
  }

  /// An observer's registration; it ends when its last reference is released, on any thread.
  public final class Observation: Sendable {
    private let end: @Sendable () -> Void
    init(end: @escaping @Sendable () -> Void) { self.end = end }
    deinit { end() }
  }
}
