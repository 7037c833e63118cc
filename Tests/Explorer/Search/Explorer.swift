import PlanDomain

/// Explores a shape breadth first: every step, from every state that can be reached.
package struct Explorer {
  private let shape: Shape
  private let limit: Int
  private let checksRules: Bool
  private let runner: StepRunner
  private var graph = StateGraph()
  private var result: Exploration
  /// The number of steps from the first state to each state.
  private var depths: [Int32] = []

  /// Creates an explorer that gives up after this number of states.
  ///
  /// Without `checksRules` it only looks for states without progress.
  package init(
    _ shape: Shape, limit: Int = .max, mutant: RuleMutant? = nil, checksRules: Bool = true
  ) throws {
    self.shape = shape
    self.limit = limit
    self.checksRules = checksRules
    runner = try StepRunner(shape, mutant: mutant)
    result = Exploration(shape: shape)
  }

  /// Explores until no state is left, or until a rule is broken.
  package mutating func run() throws -> Exploration {
    let (first, events) = try runner.begin()
    _ = graph.add(first, StateKey(first, shape), from: -1, by: .wait, events)
    depths.append(0)
    var next: Int32 = 0
    while Int(next) < graph.count, result.findings.isEmpty, graph.count <= limit {
      try expand(next)
      next += 1
    }
    result.isComplete = Int(next) == graph.count
    if result.isComplete, result.findings.isEmpty { checkProgress() }
    result.states = graph.count
    result.unfolded = graph.unfolded
    result.depth = Int(depths.max() ?? 0)
    return result
  }

  /// Whether a state was reached.
  func reached(_ state: TreeState) -> Bool { graph.contains(StateKey(state, shape)) }

  /// Takes every step from a state.
  private mutating func expand(_ number: Int32) throws {
    let events = graph.events(of: number)
    guard let state = graph.take(number) else { return }
    try runner.restore(state, events)
    if checksRules {
      let problems = StateRules.problems(in: state) + (try runner.storeProblems(state))
      if !problems.isEmpty { return report(problems, number, nil) }
    }
    for step in state.steps(of: shape) {
      result.steps += 1
      let outcome = runner.attempt(step, from: state)
      if checksRules {
        let problems = StepCheck.problems(of: step, outcome, from: state, shape)
        if !problems.isEmpty { return report(problems, number, step) }
      }
      guard case .done(let after, let seen) = outcome, !after.plans.isEmpty else { continue }
      let key = StateKey(after, shape)
      let target = graph.add(after, key, from: number, by: step, seen.events)
      if Int(target) == depths.count { depths.append(depths[Int(number)] + 1) }
      if target != number {
        graph.connect(to: target, step.kind)
        result.transitions += 1
      }
    }
  }

  private mutating func report(_ problems: [String], _ number: Int32, _ step: Step?) {
    result.findings.append(
      Finding(
        shape: shape.name, problems: problems,
        path: graph.path(to: number) + (step.map { [$0] } ?? []), isShownByPath: true))
  }

  private mutating func checkProgress() {
    for problem in ProgressCheck(graph).problems() {
      result.findings.append(
        Finding(
          shape: shape.name, problems: [problem.reason],
          path: graph.path(to: Int32(problem.state)), isShownByPath: false))
    }
  }
}
