package import PlanStorage
package import PlanStorageContract

/// Random paths of an explored shape, taken in two stores side by side, each step committed.
///
/// Both must answer alike to every step, and every state must be one that the explorer has found.
package struct RandomPaths {
  /// The names of the shapes whose paths are taken when no others are asked for.
  package static let shapes = [
    "one-plan-review", "one-plan-time-out", "one-child", "three-levels-small", "chain-1",
  ]

  /// The number of steps taken so far, in each of the stores.
  package private(set) var steps = 0
  private let explorer: Explorer
  private let shape: Shape
  private let first: StepRunner
  private let second: StepRunner
  private var random: SeededGenerator

  /// Explores the shape of this name; the stores must be empty and are left empty.
  package init(
    _ name: String, _ first: any StorageEngine, _ second: any StorageEngine,
    _ random: SeededGenerator
  ) throws {
    shape = try Shape.named(name)
    var explorer = try Explorer(shape)
    let exploration = try explorer.run()
    guard exploration.isComplete, exploration.findings.isEmpty else {
      throw ExplorerError("the shape '\(name)' has findings: run explore --shape \(name)")
    }
    self.explorer = explorer
    self.first = try StepRunner(shape, store: first)
    self.second = try StepRunner(shape, store: second)
    self.random = random
  }

  /// Takes one path of at most this number of steps; returns the first difference, in words.
  package mutating func path(length: Int) throws -> String? {
    var path: [Step] = []
    var state = try first.begin().0
    guard try second.begin().0.plans == state.plans else { return "the roots differ" }
    for _ in 0..<length {
      guard let step = pick(from: state) else { break }
      path.append(step)
      steps += 1
      switch try take(step, from: state) {
      case .failure(let difference): return "\(difference.description), after \(path)"
      case .success(let next): state = next ?? state
      }
      if !explorer.reached(state) { return "the explorer never was where \(path) leads" }
    }
    if let difference = try difference() { return "\(difference), after \(path)" }
    for step in [Step.operate("root", .cancel), .purge] {
      (_, _) = (first.commit(step, from: state), second.commit(step, from: state))
    }
    return nil
  }

  /// The first line in which the contents of the stores differ.
  private func difference() throws -> String? {
    let one = try first.engine.contentsDescription().split(separator: "\n")
    let other = try second.engine.contentsDescription().split(separator: "\n")
    if let pair = zip(one, other).first(where: { $0 != $1 }) { return "\(pair.0) | \(pair.1)" }
    return one.count == other.count ? nil : "\(one.count) lines and \(other.count)"
  }

  /// Any step; mostly one that is carried out, because a path of refusals leads nowhere.
  private mutating func pick(from state: TreeState) -> Step? {
    let steps = state.steps(of: shape).filter { $0 != .purge }
    if Int.random(in: 0..<5, using: &random) == 0 { return steps.randomElement(using: &random) }
    return steps.filter { step in
      if case .allowed = state.permission(of: step) { true } else { false }
    }
    .randomElement(using: &random) ?? steps.randomElement(using: &random)
  }

  private func take(
    _ step: Step, from state: TreeState
  ) throws -> Result<TreeState?, ExplorerError> {
    let (one, other) = (first.commit(step, from: state), second.commit(step, from: state))
    let problems = StepCheck.problems(of: step, one, from: state, shape)
    if let problem = problems.first { return .failure(ExplorerError(problem)) }
    switch (one, other) {
    case (.done(let after, let seen), .done(let otherAfter, let otherSeen)):
      let isEqual = after.plans == otherAfter.plans && seen == otherSeen
      return isEqual ? .success(after) : .failure(ExplorerError("the stores differ"))
    case (.refused(let error, _), .refused(let otherError, _)):
      return error == otherError
        ? .success(nil) : .failure(ExplorerError("\(error) is not \(otherError)"))
    default: return .failure(ExplorerError("one store refused what the other one did"))
    }
  }
}
