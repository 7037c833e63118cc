public import PlanDomain
import Synchronization

/// What one unit of work changed; sent to the subscribers of this process after the commit.
public struct CommitNotification: Sendable {
  /// A plan that made a transition, and its status after it.
  public struct ChangedPlan: Hashable, Sendable {
    /// The plan.
    public let plan: Plan.ID
    /// The status after the transition.
    public let status: PlanStatus

    /// Creates a change.
    public init(plan: Plan.ID, status: PlanStatus) {
      self.plan = plan
      self.status = status
    }
  }

  /// The actors for which a plan was queued, ready at once or at a later time.
  public let readyActors: [ActorName]
  /// The plans whose holder lost its lease, each with the plan's new epoch.
  public let endedLeases: [LeaseToken]
  /// Whether the unit of work appended events.
  public let hasEvents: Bool
  /// Whether the unit of work removed plans.
  public let removesPlans: Bool
  /// The transitions, in order; nil when they were not collected, so that any plan may be changed.
  ///
  /// They are collected for units of work that begin while a subscriber needs them.
  public let changedPlans: [ChangedPlan]?

  /// Creates a notification.
  public init(
    readyActors: [ActorName], endedLeases: [LeaseToken], hasEvents: Bool,
    removesPlans: Bool = false, changedPlans: [ChangedPlan]? = nil
  ) {
    self.readyActors = readyActors
    self.endedLeases = endedLeases
    self.hasEvents = hasEvents
    self.removesPlans = removesPlans
    self.changedPlans = changedPlans
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
/// ```swift
/// let subscription = notifier.subscribe { notification in
///   print(notification.readyActors)
/// }
/// ```
public final class CommitNotifier: Sendable {
  private struct Subscribers: Sendable {
    var next = 0
    var handlers: [Int: @Sendable (CommitNotification) -> Void] = [:]
  }
  private let subscribers = Locked(Subscribers())
  private let subscribersToPlans = Atomic(0)

  /// Creates a notifier without subscribers.
  public init() {}

  /// Whether a subscriber needs `changedPlans`; takes no lock.
  public var needsChangedPlans: Bool { subscribersToPlans.load(ordering: .relaxed) > 0 }

  /// Whether there are no subscriptions.
  package var isEmpty: Bool { subscribers.withLock { $0.handlers.isEmpty } }

  /// Calls the handler of every subscription.
  public func notify(_ notification: CommitNotification) {
    let handlers = subscribers.withLock { Array($0.handlers.values) }
    for handler in handlers { handler(notification) }
  }

  /// Calls the handler for every notification until the returned subscription is released.
  ///
  /// With `needsChangedPlans`, the notifications of units of work that begin from now on contain
  /// `changedPlans`. Those of units of work that are already running may not.
  public func subscribe(
    needsChangedPlans: Bool = false,
    _ handler: @escaping @Sendable (CommitNotification) -> Void
  ) -> Subscription {
    if needsChangedPlans { subscribersToPlans.add(1, ordering: .relaxed) }
    let number = subscribers.withLock { state in
      state.next += 1
      state.handlers[state.next] = handler
      return state.next
    }
    return Subscription { [weak self] in
      guard let self else { return }
      subscribers.withLock { _ = $0.handlers.removeValue(forKey: number) }
      if needsChangedPlans { subscribersToPlans.subtract(1, ordering: .relaxed) }
    }
  }

  /// A subscription to notifications; it ends when its last reference is released, on any thread.
  public final class Subscription: Sendable {
    private let end: @Sendable () -> Void
    init(end: @escaping @Sendable () -> Void) { self.end = end }
    deinit { end() }
  }
}
