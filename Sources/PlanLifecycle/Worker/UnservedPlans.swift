import PlanDomain
import PlanStorage

/// The error for a plan of an action for which a worker has no code, although it serves the actor.
struct UnservedAction: Error {
  let action: ActionName
  let actor: ActorName

  init(of plan: Plan) {
    action = plan.definition.action.name
    actor = plan.actor
  }
}

/// The error for a plan of a worker's actors that its host does not accept.
struct DeclinedPlan: Error {}

/// The ready plans that a worker leaves to other workers: it has no code for their actions, or its
/// host does not accept them.
///
/// Each is left out of claims for a while, so that they do not stand before the plans that the
/// worker can execute. Safe to use from any thread.
final class UnservedPlans: Sendable {
  private let plans = SetAsidePlans()
  private let reported = Locked(Set<ActionName>())

  /// The number of plans that are kept.
  var count: Int { plans.count }

  /// The time at which the next of those that are left out at this time is looked at again.
  ///
  /// The worker may have code for a later phase of it.
  func next(at now: Timestamp) -> Timestamp? { plans.current(at: now).next }

  /// The plans that are left out at this time.
  func ids(at now: Timestamp) -> Set<Plan.ID> { plans.current(at: now).ids }

  /// Leaves a plan out, longer each time; returns whether its action is a new one.
  func add(
    _ id: Plan.ID, of action: ActionName, at now: Timestamp, pause: Duration
  ) -> Bool {
    _ = plans.add(id, at: now, pause: pause)
    return reported.withLock { $0.insert(action).inserted }
  }

  /// The longest time for which a plan that was declined is left out: the host may accept it soon.
  private static let longestPauseOfDeclined = Duration.seconds(10)

  /// Leaves a plan out that the host does not accept at the moment.
  func addDeclined(_ id: Plan.ID, at now: Timestamp, pause: Duration) {
    _ = plans.add(id, at: now, pause: pause, longest: Self.longestPauseOfDeclined)
  }
}
