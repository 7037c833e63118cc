/// Runs a scenario in every order up to its bound: first the usual one, then all with one deviation,
/// then all with two, and so on.
package struct WorkerSearch {
  private let scenario: WorkerScenario
  private let mutant: WorkerMutant?

  /// Creates a search, with something broken or not.
  package init(_ scenario: WorkerScenario, mutant: WorkerMutant? = nil) {
    self.scenario = scenario
    self.mutant = mutant
  }

  /// What a search found.
  package struct Result: Sendable {
    /// The number of orders that were tried.
    package var schedules = 0
    /// The largest number of moves that a schedule decided.
    package var longest = 0
    /// The schedule with the fewest deviations after which something was wrong; nil without one.
    package var finding: WorkerFinding?
  }

  private struct Tried {
    let deviations: [Deviation]
    /// The number of possible moves at each step.
    let options: [Int]
  }

  /// Tries every order, until something is wrong.
  ///
  /// Blocks the calling thread.
  package mutating func run() throws -> Result {
    var result = Result()
    guard let usual = try attempt([], &result) else { return result }
    var last = [usual]
    for _ in 0..<scenario.deviations {
      var next: [Tried] = []
      for tried in last {
        let start = (tried.deviations.last?.step ?? -1) + 1
        for step in start..<max(start, tried.options.count) {
          for option in 1..<max(1, tried.options[step]) {
            let deviation = Deviation(step: step, option: option)
            guard let further = try attempt(tried.deviations + [deviation], &result) else {
              return result
            }
            next.append(further)
          }
        }
      }
      last = next
    }
    return result
  }

  /// Runs the scenario in one order; returns nil, and keeps the finding, when something is wrong.
  private func attempt(_ deviations: [Deviation], _ result: inout Result) throws -> Tried? {
    let run = WorkerSimulation(scenario, deviations, mutant: mutant)
    try run.run()
    result.schedules += 1
    result.longest = max(result.longest, run.options.count)
    guard run.problems.isEmpty else {
      result.finding = WorkerFinding(run, deviations)
      return nil
    }
    return Tried(deviations: deviations, options: run.options)
  }
}

/// A schedule after which something was wrong.
package struct WorkerFinding: Sendable, CustomStringConvertible {
  /// The scenario.
  package let scenario: String
  /// Where the schedule departs from the usual order.
  package let deviations: [Deviation]
  /// What is wrong, in words.
  package let problems: [String]
  /// What happened, in order.
  package let steps: [String]

  init(_ run: WorkerSimulation, _ deviations: [Deviation]) {
    scenario = run.scenario.name
    self.deviations = deviations
    problems = run.problems
    steps = run.notes.all.map { "\($0)" }
  }

  /// Runs one schedule again; returns what is wrong after it, nil when nothing is.
  package static func repeating(
    _ scenario: String, _ deviations: [Deviation], mutant: WorkerMutant? = nil
  ) throws -> WorkerFinding? {
    let run = WorkerSimulation(try WorkerScenario.named(scenario), deviations, mutant: mutant)
    try run.run()
    return run.problems.isEmpty ? nil : WorkerFinding(run, deviations)
  }

  /// What is wrong, how to repeat it, and what happened.
  package var description: String {
    let list = deviations.map(\.description).joined(separator: ",")
    return (problems + ["repeat with --scenario \"\(scenario)\" --deviations \(list)"] + steps)
      .joined(separator: "\n")
  }
}
