package import PlanDomain

/// What one plan of an explored tree is made from; times are in units of one second.
package struct PlanShape: Hashable, Sendable {
  /// The steps that the plan takes without an operator.
  package var automation: Automation
  /// Whether the plan ends with its execute phase.
  package var readOnly: Bool
  /// The number of attempts of each phase.
  package var attempts: Int
  /// The delay after every failed attempt.
  package var backOff: Int
  /// The time-out of one attempt; nil for none.
  package var timeout: Int?
  /// The time from the plan's creation to its `notBefore`; nil for none.
  package var notBefore: Int?

  /// Creates a shape; without arguments, that of a plan that needs no operator and has one attempt.
  package init(
    _ automation: Automation = .auto, readOnly: Bool = false, attempts: Int = 1, backOff: Int = 1,
    timeout: Int? = nil, notBefore: Int? = nil
  ) {
    self.automation = automation
    self.readOnly = readOnly
    self.attempts = attempts
    self.backOff = backOff
    self.timeout = timeout
    self.notBefore = notBefore
  }

  /// The definition of the action under this name.
  func definition(_ name: ActionName) throws(PlanError) -> ActionDefinition {
    let backOff = Duration.seconds(backOff)
    return try ActionDefinition(
      name: name, description: "do it", definitionOfDone: "it is done",
      actors: Actors(strategy: Shape.actor, execution: Shape.actor), readOnly: readOnly,
      automation: automation,
      retry: try RetryPolicy(attempts: attempts, base: backOff, cap: backOff),
      attemptTimeout: timeout.map { .seconds($0) })
  }
}
