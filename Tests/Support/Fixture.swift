public import PlanDomain
package import PlanStorage

/// Actions and plans that tests need.
public enum Fixture {
  /// The actor of every phase of the fixtures.
  public static func actor(_ name: String = "somebody") throws -> ActorName {
    try ActorName(name)
  }

  /// An action that takes anything and does nothing.
  public static func action(
    _ name: String = "local/sample", actor: String = "somebody", reusable: Bool = true,
    readOnly: Bool = false, automation: Automation = .manual, retry: RetryPolicy = .standard,
    attemptTimeout: Duration? = nil, arguments: [ArgumentDefinition] = []
  ) throws -> ActionDefinition {
    let actor = try ActorName(actor)
    return try ActionDefinition(
      name: try ActionName(name), description: "do it", definitionOfDone: "it is done",
      actors: Actors(strategy: actor, execution: actor),
      arguments: try ArgumentList(arguments), reusable: reusable, readOnly: readOnly,
      automation: automation, retry: retry, attemptTimeout: attemptTimeout)
  }

  /// A plan as a store can hold it, without the lifecycle's help.
  package static func plan(
    _ number: UInt64, of action: Action, key: Key? = nil, position: ChildPosition? = nil,
    projects: [ProjectUse] = [], labels: [Key: Plan.Label.Value] = [:],
    at now: Timestamp = Timestamp(microseconds: 1_000)
  ) -> PlanTransition {
    PlanTransition(
      creating: PlanDefinition(
        id: Plan.ID(ULID(high: 1, low: number)), action: action.snapshot, description: "do it",
        definitionOfDone: "it is done", arguments: [:], defaultedArguments: [], projects: projects,
        automation: .manual, idempotencyKey: key, labels: labels, createdBy: nil, createdAt: now,
        position: position))
  }
}

extension UnitOfWork {
  /// Stores a new plan with the record of its making.
  package func store(_ transition: PlanTransition) throws {
    try insert(transition.plan)
    if let event = transition.event { try append(event) }
  }
}
