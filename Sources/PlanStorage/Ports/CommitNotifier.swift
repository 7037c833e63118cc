public import PlanDomain

/// What a unit of work changed, told in this process after its commit.
public struct CommitNotification: Sendable {
  /// The actors for whom plans became ready, now or at a later time.
  public let readyActors: [ActorName]
  /// The plans whose lease was taken away, with the epoch that is theirs now.
  public let endedLeases: [LeaseToken]
  /// Whether anything was recorded in the history.
  public let hasEvents: Bool

  /// Puts an announcement together.
  public init(readyActors: [ActorName], endedLeases: [LeaseToken], hasEvents: Bool) {
    self.readyActors = readyActors
    self.endedLeases = endedLeases
    self.hasEvents = hasEvents
  }
}

/// Tells everyone in this process who shares a store what was committed.
///
/// A hint, so that nobody has to poll: a subscriber that misses one, or that shares the store from
/// another process, finds the same facts in the store. Safe to use from any thread. Subscribers are
/// called without a lock held and after the commit, on the thread that calls `notify`, and must
/// return at once. For a unit of work that a caller waited for, that is the caller's thread; for a
/// submitted one, the thread on which the task that submitted it is resumed, which is neither the
/// thread that committed nor one that may be blocked.
public final class CommitNotifier: Sendable {
  private struct Subscribers: Sendable {
    var next = 0
    var handlers: [Int: @Sendable (CommitNotification) -> Void] = [:]
  }
  private let subscribers = Locked(Subscribers())

  /// An announcer without subscribers.
  public init() {}

  /// Tells all subscribers.
  public func notify(_ notification: CommitNotification) {
    let handlers = subscribers.withLock { Array($0.handlers.values) }
    for handler in handlers { handler(notification) }
  }

  /// Calls the handler for every announcement until the subscription ends.
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

  /// A standing wish to be told; ends when it is let go of.
  public final class Subscription: Sendable {
    private let end: @Sendable () -> Void
    init(end: @escaping @Sendable () -> Void) { self.end = end }
    deinit { end() }
  }
}
