import PlanDomain

/// Whether the outcome of a step is what the contract allows.
enum StepCheck {
  /// What is wrong with the outcome, in words.
  static func problems(
    of step: Step, _ outcome: StepRunner.Outcome, from before: TreeState, _ shape: Shape
  ) -> [String] {
    switch (outcome, before.permission(of: step)) {
    case (.failed(let error), _): return ["\(step) failed with \(error)"]
    case (.refused(let error, let writes), let permission):
      var problems: [String] = []
      if writes > 0 { problems.append("\(step) was refused after a write: \(error)") }
      switch permission {
      case .refused: break
      case .refusedWith(let code):
        if error.code != code { problems.append("\(step) was refused with \(error.code)") }
      case .allowed, .withoutEffect: problems.append("\(step) was refused: \(error)")
      }
      return problems
    case (.done(let after, let seen), let permission):
      let problems = StepRules.problems(of: step, from: before, to: after, seen, shape)
      switch permission {
      case .refused, .refusedWith: return ["\(step) was not refused"] + problems
      case .withoutEffect:
        return after.plans == before.plans && seen.events.isEmpty
          ? problems : ["\(step) has changed something"] + problems
      case .allowed: return problems
      }
    }
  }
}
