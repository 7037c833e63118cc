import PlanDomain

/// The invariants of the domain that one state shows by itself, besides those of the store check.
struct StateRules {
  private let state: TreeState
  private var problems: [String] = []

  /// The rules that the state breaks, in words.
  static func problems(in state: TreeState) -> [String] {
    var rules = StateRules(state: state)
    for (plan, name) in zip(state.plans, state.names) {
      rules.checkPlan(plan, name)
      rules.checkChild(plan, name)
      rules.checkRound(of: plan, name)
    }
    return rules.problems
  }

  private init(state: TreeState) { self.state = state }

  private mutating func require(
    _ isKept: Bool, _ name: String, _ rule: @autoclosure () -> String
  ) {
    if !isKept { problems.append("\(name): \(rule())") }
  }

  private mutating func checkPlan(_ plan: Plan, _ name: String) {
    let progress = plan.progress
    let attempts = plan.definition.action.retry.attempts
    require(
      (0...attempts).contains(progress.attempt), name,
      "it counts \(progress.attempt) attempts of \(attempts)")
    require(
      plan.status.state != .processing || progress.attempt >= 1, name,
      "it is worked on without an attempt")
    require(
      (0...3).contains(progress.reversionCount), name,
      "it was reverted \(progress.reversionCount) times")
    if let lease = progress.lease {
      require(
        (lease.end == nil) == (plan.definition.action.attemptTimeout == nil), name,
        "its lease has an end and its action no time-out, or the other way round")
      require(
        lease.end.map { lease.expiresAt <= $0 } ?? true, name,
        "its lease expires after the end of the attempt")
    }
    require(
      plan.status.state != .cancelled || descendants(of: plan).allSatisfy(\.isFinal), name,
      "it is cancelled and a plan below it is not")
    require(
      !plan.hasSucceeded || descendants(of: plan).allSatisfy(\.hasEnded), name,
      "it has succeeded and a plan below it has not ended")
    if plan.status.state == .complete || plan.status == .applyApplied {
      require(
        progress.result(of: plan.status.phase) != nil, name, "its phase is complete without result")
    }
  }

  private func descendants(of plan: Plan) -> [Plan] {
    let children = state.plans.filter { $0.definition.position?.parent == plan.id }
    return children + children.flatMap { descendants(of: $0) }
  }

  private mutating func checkChild(_ plan: Plan, _ name: String) {
    guard let position = plan.definition.position else { return }
    require(
      plan.progress.epoch > 0 || plan.status == .strategizeQueued
        || plan.status == .strategizeCancelled, name, "it never started and is \(plan.status)")
    let siblings = state.children(of: position.parent, round: position.round)
    for key in position.dependsOn {
      guard let dependency = siblings.first(where: { $0.definition.position?.key == key }) else {
        continue
      }
      require(
        !plan.holdsSlot || dependency.hasSucceeded, name,
        "it holds a slot before '\(key)' has succeeded")
      require(
        plan.hasEnded || !dependency.hasEnded || dependency.hasSucceeded, name,
        "it goes on although '\(key)' ended without success")
    }
  }

  private mutating func checkRound(of parent: Plan, _ name: String) {
    guard let round = parent.progress.round, round.total > 0 else { return }
    let children = state.children(of: parent.id, round: round.number)
    let holding = children.count { $0.holdsSlot }
    require(
      holding <= round.schedule.maxParallel, name,
      "\(holding) children hold a slot, of \(round.schedule.maxParallel)")
    let failed = children.contains { $0.hasEnded && !$0.hasSucceeded }
    if round.schedule.failFast {
      require(
        !failed || children.allSatisfy(\.hasEnded), name,
        "a child goes on after one has failed, although the round fails fast")
    }
    if round.schedule.mode == .sequential { checkOrder(of: children, name) }
    guard parent.status == .executeWaiting, holding < round.schedule.maxParallel else { return }
    for child in children where child.awaitsSlot {
      let on = child.definition.position?.dependsOn ?? []
      let isMet = on.allSatisfy { key in
        children.contains { $0.definition.position?.key == key && $0.hasSucceeded }
      }
      let key = child.definition.position?.key.description ?? ""
      require(!isMet, name, "a slot is free, and '\(key)' waits for one")
    }
  }

  private mutating func checkOrder(of children: [Plan], _ name: String) {
    for (first, second) in zip(children, children.dropFirst()) {
      let isUntouched = second.progress.epoch == 0 && !second.holdsSlot
      require(
        first.hasEnded || isUntouched || second.status.state == .cancelled, name,
        "a child of a sequential round started before the one in front of it had ended")
      require(
        !first.hasEnded || first.hasSucceeded || second.hasEnded, name,
        "a child of a sequential round goes on after the one in front of it failed")
    }
  }
}
