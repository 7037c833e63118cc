import PlanDomain

extension TreeState {
  /// Every step that can be taken, whether the rules allow it or not, within the shape's bounds.
  func steps(of shape: Shape) -> [Step] {
    var steps: [Step] = [.claimOldest(1), .claimOldest(plans.count), .reclaim(1)]
    steps.append(.reclaim(plans.count))
    for (plan, name) in zip(plans, names) {
      steps.append(.claim(name))
      // The lease of now, or the last one, and the two before it: all that any worker holds or has
      // held of late. Which worker it is makes no difference: a token says plan and epoch only.
      for behind in 0..<3 where plan.progress.epoch - behind >= 1 {
        for command in shape.work where isInBounds(command, plan, name, shape) {
          steps.append(.work(name, command, behind: behind))
        }
      }
      guard shape.operated?.contains(name) ?? true else { continue }
      for command in shape.operations {
        if command == .revert, isReverted(plan, shape) { continue }
        steps.append(.operate(name, command))
        if plan.version > 1 { steps.append(.operate(name, command, behind: 1)) }
      }
    }
    if nextTime != nil { steps.append(.wait) }
    steps.append(.purge)
    return steps
  }

  private func isInBounds(
    _ command: WorkCommand, _ plan: Plan, _ name: String, _ shape: Shape
  ) -> Bool {
    switch command {
    case .spawn: (plan.progress.round?.number ?? 0) < shape.spawns[name]?.count ?? 0
    case .constrain: !plan.definition.automation.revertWhenConstrained || !isReverted(plan, shape)
    default: true
    }
  }

  /// Whether a plan has been reverted as often as the shape lets it; the rules' own bound is tried.
  private func isReverted(_ plan: Plan, _ shape: Shape) -> Bool {
    plan.progress.reversionCount >= shape.reversions && shape.reversions < PlanLimits.maxReverts
  }
}
