import Planwright
import struct PlanStorage.Locked

/// Knows whether a store may have events that were not read yet, without asking it each time.
///
/// A task follows the feed: where the system tells of writes, a store that nobody writes to is read
/// once a second. Safe to use from any thread.
final class NewEvents: Sendable {
  private final class Flag: Sendable {
    let isRaised = Locked(true)
    /// Whether the task has ended, so that the store must be asked.
    let isLost = Locked(false)
  }
  private let flag = Flag()
  private let task: Task<Void, Never>

  /// Follows the events after the cursor.
  init(of plans: PlanLifecycleService, after cursor: EventCursor) {
    task = Task { [flag] in
      await Self.follow(plans, after: cursor) { flag.isRaised.withLock { $0 = true } }
      flag.isLost.withLock { $0 = true }
    }
  }

  deinit { task.cancel() }

  /// Returns whether there may be new events; false from then on until one is committed.
  func take() -> Bool {
    let wasRaised = flag.isRaised.withLock { isRaised in
      defer { isRaised = false }
      return isRaised
    }
    return wasRaised || flag.isLost.withLock { $0 }
  }

  /// Makes the next `take` return true.
  func raise() { flag.isRaised.withLock { $0 = true } }

  /// Returns when the feed fails; who reads the store then throws the reason.
  private static func follow(
    _ plans: PlanLifecycleService, after start: EventCursor, _ raise: @Sendable () -> Void
  ) async {
    var cursor = start
    while !Task.isCancelled {
      do {
        for try await change in plans.changes(after: cursor) {
          cursor = change.cursor
          raise()
        }
      } catch let error as PlanError {
        guard let next = error.resumeAt else { return }
        cursor = next
        raise()
      } catch {
        return
      }
    }
  }
}
