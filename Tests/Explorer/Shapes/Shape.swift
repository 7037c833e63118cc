import PlanDomain

/// A tree of plans to explore: what it is made from, the commands that it gets, and the bounds.
package struct Shape: Sendable {
  /// The actor of every phase.
  static let actor: ActorName = "worker"

  /// The name, by which tests and the program find the shape.
  package let name: String
  /// Whether the shape is small enough for a run of less than a minute of all such shapes.
  package var isQuick = false
  /// What the root is made from.
  package var root = PlanShape()
  /// The spawns of each plan by its name, one for each round; a plan without any spawns nothing.
  package var spawns: [String: [SpawnShape]] = [:]
  /// What workers do besides claiming; only the shapes of one plan save checkpoints.
  package var work = WorkCommand.allCases.filter { $0 != .checkpoint }
  /// What operators do.
  package var operations = OperatorCommand.allCases
  /// The names of the plans that operators do something to; nil for all.
  package var operated: Set<String>?
  /// The number of times that one plan is reverted at most; the rules allow three.
  package var reversions = PlanLimits.maxReverts
  /// The duration of a lease, in seconds.
  package var lease = 1
  /// The time by which workers postpone a plan, in seconds.
  package var postponement = 2
  /// The `retryAfter` of failures that have one, in seconds.
  package var retryAfter = 2

  /// Creates a shape and sets what is special about it.
  package init(_ name: String, _ change: (inout Shape) -> Void = { _ in }) {
    self.name = name
    change(&self)
  }

  /// The shape with all siblings told apart.
  package var unfolded: Shape {
    var shape = self
    shape.spawns = spawns.mapValues { rounds in
      rounds.map { SpawnShape($0.schedule, $0.children) }
    }
    return shape
  }

  /// What all plans of the tree are made from, each once, the root's first.
  var planShapes: [PlanShape] {
    var shapes = [root]
    for name in spawns.keys.sorted() {
      for child in (spawns[name] ?? []).flatMap(\.children) where !shapes.contains(child.plan) {
        shapes.append(child.plan)
      }
    }
    return shapes
  }

  /// The bounds in one line.
  package var bounds: String {
    let attempts = planShapes.map(\.attempts).max() ?? 1
    let rounds = spawns.values.map(\.count).max() ?? 0
    let onlyOperated = operated.map { " on " + $0.sorted().joined(separator: ", ") } ?? ""
    let left = WorkCommand.allCases.filter { !work.contains($0) }.map(\.rawValue)
    let leftOut = OperatorCommand.allCases.filter { !operations.contains($0) }.map(\.rawValue)
    return "attempts \(attempts), reverts \(reversions), rounds \(rounds)"
      + (operated == nil ? "" : ", operator\(onlyOperated)")
      + ((left + leftOut).isEmpty ? "" : ", without " + (left + leftOut).joined(separator: " "))
  }
}
