import PlanDomain

/// What exploring a shape found.
package struct Exploration: Sendable {
  /// The shape.
  package let shape: Shape
  /// The number of states, after folding.
  package var states = 0
  /// The number of states before folding: siblings and workers told apart.
  package var unfolded = 0
  /// The number of steps tried.
  package var steps = 0
  /// The number of steps that changed something.
  package var transitions = 0
  /// The length of the longest of all shortest paths.
  package var depth = 0
  /// What is wrong; the shortest path first.
  package var findings: [Finding] = []
  /// Whether every state was explored; false when a finding or the limit ended it.
  package var isComplete = false

  /// Explores the shape of this name; throws when there is none, or when a step cannot be taken.
  package static func of(_ name: String) throws -> Exploration {
    var explorer = try Explorer(try Shape.named(name))
    return try explorer.run()
  }
}
