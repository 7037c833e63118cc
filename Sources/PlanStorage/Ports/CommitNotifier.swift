public import PlanDomain

/// What one unit of work changed; sent to the subscribers of this process after the commit.
public struct CommitNotification: Sendable {
  /// The actors for which a plan was queued, ready at once or at a later time.
  public let readyActors: [ActorName]
  /// The plans whose holder lost its lease, each with the plan's new epoch.
  public let endedLeases: [LeaseToken]
  /// Whether the unit of work appended events.
  public let hasEvents: Bool

  /// Creates a notification.
  public init(readyActors: [ActorName], endedLeases: [LeaseToken], hasEvents: Bool) {
    self.readyActors = readyActors
    self.endedLeases = endedLeases
    self.hasEvents = hasEvents
  }
}

/// Notifies the subscribers of a store in this process after each commit.
///
/// A notification is a hint that saves polling: the store itself holds the same facts, for a
/// subscriber that misses one and for other processes. Safe to use from any thread. Handlers run
/// after the commit, without a lock held, on the thread that calls `notify`, and must return
/// quickly. For a unit of work whose caller waits, this is the caller's thread. For a submitted
/// one, it is the thread that resumes the submitting task; this is not the thread that committed,
/// and handlers must not block it.
///
///     let subscription = notifier.subscribe { notification in
///       print(notification.readyActors)
///     }
public final class CommitNotifier: Sendable {
  private struct Subscribers: Sendable {
    var next = 0
    var handlers: [Int: @Sendable (CommitNotification) -> Void] = [:]
  }
  private let subscribers = Locked(Subscribers())

  /// Creates a notifier without subscribers.
  public init() {}

  /// Calls the handler of every subscription.
  public func notify(_ notification: CommitNotification) {
    let handlers = subscribers.withLock { Array($0.handlers.values) }
    for handler in handlers { handler(notification) }
  }

  /// Calls the handler for every notification until the returned subscription is released.
  public func subscribe(
    _ handler: @escaping @Sendable (CommitNotification) -> Void
  ) -> Subscription {
    let number = subscribers.withLock { state in
      state.next += 1
      state.handlers[state.next] = handler
      return state.next
    }
    return Subscription { [weak self] in
      self?.subscribers.withLock { _ = $0.handlers.removeValue(forKey: number) }
    }
  }

  /// A subscription to notifications; it ends when its last reference is released.
  public final class Subscription: Sendable {
    private let end: @Sendable () -> Void
    init(end: @escaping @Sendable () -> Void) { self.end = end }
    deinit { end() }
  }
}
