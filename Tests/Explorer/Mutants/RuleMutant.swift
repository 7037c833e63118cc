import PlanDomain
import PlanStorage

/// One rule of the lifecycle, broken from outside: by what the store is made to keep or to answer,
/// or by the command that is given.
///
/// The lifecycle's code is the real one. What it sees and saves is changed just as if the rule had
/// been left out of it.
package struct RuleMutant: Sendable, CustomStringConvertible {
  typealias Save = @Sendable (_ after: Plan, _ before: Plan, Step) -> Plan?

  /// What is broken, in words.
  package let description: String
  /// The names of the shapes in which it shows, the one to try first in front.
  package let shapes: [String]
  /// Whether plans get stuck, or workers go round, by what is broken.
  package private(set) var isHinderingProgress = false
  /// What is saved instead of a plan; nil when nothing is saved.
  var save: Save?
  /// What is inserted instead of a plan.
  var insert: (@Sendable (Plan) -> Plan)?
  /// What is read instead of a plan.
  var read: (@Sendable (Plan, Step) -> Plan)?
  /// What is appended instead of an event; nil when nothing is appended.
  var append: (@Sendable (PlanEvent) -> PlanEvent?)?
  /// The children that are found instead of these.
  var startable: (@Sendable (any UnitOfWork, Plan.ID, Int, Int) throws(StorageError) -> [Plan])?
  var dependents: (@Sendable (any UnitOfWork, [Plan], Plan.ID) throws(StorageError) -> [Plan])?
  var siblings: (@Sendable ([Plan]) -> [Plan])?
  var pages: (@Sendable ([Plan]) -> [Plan])?
  /// The time up to which due lists are read instead of the time that was asked for.
  var isAlwaysDue = false
  /// The step that is taken instead of this one.
  var step: (@Sendable (Step, TreeState) -> Step)?

  /// Says that the mutant shows in progress alone as well.
  mutating func hindersProgress() { isHinderingProgress = true }

  init(
    _ description: String, in shapes: [String], _ change: (inout RuleMutant) -> Void
  ) {
    self.description = description
    self.shapes = shapes
    change(&self)
  }

  /// Explores the shapes, one after the other, until one shows what is broken.
  ///
  /// Without `checksRules`, only by states without progress. Gives a shape up after 20,000 states,
  /// because a mutant may have any number of them.
  package func finding(checksRules: Bool = true) throws -> Finding? {
    for name in shapes {
      var explorer = try Explorer(
        try Shape.named(name), limit: 20_000, mutant: self, checksRules: checksRules)
      if let finding = try explorer.run().findings.first { return finding }
    }
    return nil
  }
}
