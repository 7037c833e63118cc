import PlanDomain

/// A sequence of steps from the beginning of a shape, each a committed unit of work.
///
///     let steps: [Step] = [.claim("root"), .work("root", .complete)]
///     #expect(try Path("one plan").problems(of: steps) == [])
package struct Path {
  private let shape: Shape

  /// Creates a path in the shape of this name; throws when there is none.
  package init(_ name: String) throws { shape = try Shape.named(name) }

  /// Creates a path in a shape.
  package init(_ shape: Shape) { self.shape = shape }

  /// Takes the steps in a fresh store in memory; returns what was wrong after the first bad one.
  package func problems(of steps: [Step]) throws -> [String] {
    let runner = try StepRunner(shape)
    var state = try runner.begin().0
    for step in steps {
      let outcome = runner.commit(step, from: state)
      var problems = StepCheck.problems(of: step, outcome, from: state, shape)
      if case .done(let after, _) = outcome {
        state = after
        problems += StateRules.problems(in: state) + (try runner.storeProblems(state))
      }
      if !problems.isEmpty { return problems }
    }
    return []
  }
}
