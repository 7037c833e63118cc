import PlanDomain

/// The rules of the domain that one carried-out step must keep: what it changes, and what it counts.
struct StepRules {
  let shape: Shape
  let step: Step
  let before: TreeState
  let after: TreeState
  let seen: TrialStore.Observation
  private var problems: [String] = []

  /// The rules that the step broke, in words.
  static func problems(
    of step: Step, from before: TreeState, to after: TreeState, _ seen: TrialStore.Observation,
    _ shape: Shape
  ) -> [String] {
    if step == .wait { return [] }
    var rules = StepRules(shape: shape, step: step, before: before, after: after, seen: seen)
    if step == .purge {
      rules.checkPurge()
      return rules.problems
    }
    rules.checkPlans()
    rules.checkReach()
    rules.checkLists()
    rules.checkSlots()
    rules.checkCommand()
    return rules.problems
  }

  private init(
    shape: Shape, step: Step, before: TreeState, after: TreeState, seen: TrialStore.Observation
  ) {
    self.shape = shape
    self.step = step
    self.before = before
    self.after = after
    self.seen = seen
  }

  mutating func require(_ isKept: Bool, _ name: String, _ rule: @autoclosure () -> String) {
    if !isKept { problems.append("\(name): \(rule())") }
  }

  private mutating func checkPurge() {
    let (was, left) = (before.plans.count, after.plans.count)
    let isFinal = before.root?.isFinal ?? false
    require(
      left == (isFinal ? 0 : was), "root", "\(left) of \(was) plans are left after a purge")
  }

  private mutating func checkPlans() {
    require(after.plans.count >= before.plans.count, "root", "plans are gone")
    for (plan, name) in zip(after.plans, after.names) {
      let events = seen.events.filter { $0.plan == plan.id }
      let old = before.plan(plan.id)
      checkEvents(events, of: plan, old, name)
      guard let old else { continue }
      require(plan.definition == old.definition, name, "its fixed part has changed")
      require(!old.isFinal || plan == old, name, "it was final and has changed")
      for event in events { checkClock(event, old, plan, name) }
    }
  }

  /// The events lead from the plan as it was to the plan as it is, and count as the commands say.
  private mutating func checkEvents(
    _ events: [PlanEvent], of plan: Plan, _ old: Plan?, _ name: String
  ) {
    var (version, status) = (old?.version ?? 0, old?.status)
    var (epoch, attempt) = (old?.progress.epoch ?? 0, old?.progress.attempt ?? 0)
    var reversions = old?.progress.reversionCount ?? 0
    for event in events {
      version += 1
      require(event.sequence == version, name, "event \(event.sequence) comes as number \(version)")
      require(event.from == status, name, "its \(event.command) does not start where it was")
      require(event.at == before.now, name, "its \(event.command) has another time")
      status = event.to
      switch event.command {
      case .claim: (epoch, attempt) = (epoch + 1, attempt + 1)
      case .release: (epoch, attempt) = (epoch + 1, attempt - 1)
      case .reclaim, .evict, .cancel: epoch += 1
      case .resume: attempt -= 1
      case .advance, .retry: attempt = 0
      case .revert: (attempt, reversions) = (0, reversions + 1)
      case .use, .renew, .checkpoint, .complete, .constrain, .fail, .spawn, .expedite: break
      }
      require(
        event.epoch == epoch, name, "after its \(event.command) the epoch is \(event.epoch)")
      require(
        event.attempt == attempt, name, "after its \(event.command) it counts \(event.attempt)")
    }
    let progress = plan.progress
    require(version == plan.version, name, "version \(plan.version) after event \(version)")
    require(status == plan.status, name, "it is \(plan.status), and its events say otherwise")
    require(epoch == progress.epoch, name, "its epoch is \(progress.epoch) instead of \(epoch)")
    require(
      attempt == progress.attempt, name, "it counts \(progress.attempt) attempts, not \(attempt)")
    require(
      reversions == progress.reversionCount, name,
      "it counts \(progress.reversionCount) reverts instead of \(reversions)")
  }

  /// What a command needs of the clock, and the attempts that a failure leaves.
  private mutating func checkClock(
    _ event: PlanEvent, _ old: Plan, _ plan: Plan, _ name: String
  ) {
    let progress = old.progress
    switch event.command {
    case .claim: require(old.isDue(at: before.now), name, "it was claimed before it was ready")
    case .reclaim:
      require(
        progress.lease.map { $0.expiresAt <= before.now } ?? false, name,
        "a lease was reclaimed before it expired")
      checkAttempts(event, old, isRetryable: true, name)
    case .evict: checkAttempts(event, old, isRetryable: true, name)
    case .fail:
      checkAttempts(event, old, isRetryable: plan.progress.failure?.isRetryable ?? true, name)
    default: break
    }
  }

  private mutating func checkAttempts(
    _ event: PlanEvent, _ old: Plan, isRetryable: Bool, _ name: String
  ) {
    let isLeft = isRetryable && old.progress.attempt < old.definition.action.retry.attempts
    require(
      (event.to.state == .queued) == isLeft, name,
      "attempt \(old.progress.attempt) failed, and it is \(event.to)")
    require(plan(name)?.progress.failure != nil, name, "an attempt failed without a failure")
  }

  func plan(_ name: String) -> Plan? { after.plan(name) }

  /// A command changes its plan; others only if the plan has ended, ended no longer, or spawned.
  private mutating func checkReach() {
    let name: String
    let isTree: Bool
    switch step {
    case .claim(let plan): (name, isTree) = (plan, false)
    case .work(let plan, let command, _): (name, isTree) = (plan, command == .spawn)
    case .operate(let plan, let command, _): (name, isTree) = (plan, command == .cancel)
    case .claimOldest, .reclaim, .wait, .purge: return
    }
    guard let old = before.plan(name), let new = after.plan(name) else { return }
    let hasTurned = old.hasEnded != new.hasEnded
    for plan in before.plans where plan.id != old.id && after.plan(plan.id) != plan {
      let isBelow = plan.isBelow(old.id, in: before)
      let isRelated =
        old.definition.position.map { position in
          plan.id == position.parent || plan.isBelow(position.parent, in: before)
        } ?? false
      require(
        isBelow && isTree || hasTurned && isRelated, name, "the command has changed another plan")
    }
  }

  /// The due lists hold what is due, and nothing else.
  private mutating func checkLists() {
    func ids(_ time: (Plan) -> Timestamp?) -> [Plan.ID] {
      after.plans.compactMap { plan in time(plan).map { ($0, plan.id) } }.sorted { $0 < $1 }
        .map(\.1)
    }
    require(
      seen.ready == ids { $0.status.state == .queued ? $0.progress.readyAt : nil }, "root",
      "the list of ready plans is not that of the queued plans with a time")
    require(
      seen.leased == ids { $0.progress.lease?.expiresAt }, "root",
      "the list of leases is not that of the leased plans")
    let final = after.plans.filter { $0.definition.position == nil && $0.isFinal }.map(\.id)
    require(seen.finalRoots == final, "root", "the list of final roots is not that of final roots")
  }
}

extension Plan {
  /// Whether a plan of this id is an ancestor.
  fileprivate func isBelow(_ ancestor: Plan.ID, in state: TreeState) -> Bool {
    guard let parent = definition.position?.parent else { return false }
    return parent == ancestor || state.plan(parent)?.isBelow(ancestor, in: state) ?? false
  }
}
