import Planwright

extension OperatorVerb {
  /// Whether a plan's status allows the command; a parent or a lease can still refuse it.
  func isAllowed(for plan: Plan) -> Bool {
    guard !plan.isFinal else { return false }
    let (phase, state) = (plan.status.phase, plan.status.state)
    switch self {
    case .advance: return state == .complete
    case .retry: return [.errored, .constrained].contains(state)
    case .revert:
      let isRevertible: Bool =
        switch state {
        case .complete, .errored, .constrained: true
        case .queued: phase != .strategize
        case .processing, .waiting, .applied, .cancelled: false
        }
      return isRevertible && plan.progress.reversionCount < PlanLimits.maxReverts
    case .cancel: return true
    case .expedite: return state == .queued
    case .evict: return state == .processing
    }
  }

  /// Whether the parent of a child must wait for it.
  var needsWaitingParent: Bool { self == .retry || self == .revert }
}

extension Plan {
  /// The commands of an operator that the plan's status allows, and its parent, if it is known.
  func allowedVerbs(below parent: Plan?) -> [OperatorVerb] {
    OperatorVerb.allCases.filter { verb in
      verb.isAllowed(for: self)
        && (!verb.needsWaitingParent || parent?.waits(for: self) != false)
    }
  }

  /// Whether this plan waits for a child, in the round in which it created the child.
  func waits(for child: Plan) -> Bool {
    status == .executeWaiting && progress.round?.number == child.definition.position?.round
  }

  /// The command that an operator can give next, in words; nil when nothing is needed.
  ///
  /// A child that failed is only brought further while its parent waits for it.
  func nextCommand(below parent: Plan?) -> String? {
    let what: String
    switch status.state {
    case .complete: return isFinal ? nil : "it waits for approval: planctl advance \(id)"
    case .errored: what = "it failed"
    case .constrained: what = "it could not be applied"
    case .queued, .processing, .waiting, .applied, .cancelled: return nil
    }
    if let parent, !parent.waits(for: self) {
      return "\(what), and its parent no longer waits for it: planctl status \(parent.id)"
    }
    return "\(what): \(recovery)"
  }

  /// The commands that can bring a plan further that has failed, as its status allows them.
  ///
  /// To apply again what could not be applied is fruitless while the reason is there.
  var recovery: String {
    let revert = OperatorVerb.revert.isAllowed(for: self)
    guard status.state == .constrained else {
      return "planctl retry \(id)" + (revert ? ", or planctl revert \(id) --reason TEXT" : "")
    }
    guard revert else {
      return
        "it was reverted \(PlanLimits.maxReverts) times, the maximum; planctl retry \(id) when "
        + "the reason is gone, or planctl cancel \(id) --reason TEXT"
    }
    return
      "planctl revert \(id) --reason TEXT plans it anew, or planctl retry \(id) when the reason "
      + "is gone"
  }
}

extension PlanSnapshot {
  /// Whether the plan's status, and its parent, allow the command.
  borrowing func allows(_ verb: OperatorVerb, for plan: Plan) throws -> Bool {
    guard verb.isAllowed(for: plan) else { return false }
    let parent = verb.needsWaitingParent ? try parent(of: plan) : nil
    return parent?.waits(for: plan) != false
  }

  /// The parent of a plan; nil for a root.
  borrowing func parent(of plan: Plan) throws -> Plan? {
    guard let position = plan.definition.position else { return nil }
    return try self.plan(position.parent)
  }
}
