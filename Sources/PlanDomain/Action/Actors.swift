/// The actors of an action's phases.
public struct Actors: Hashable, Sendable {
  /// The actor of the strategize phase.
  public let strategy: ActorName
  /// The actor of the execute phase.
  public let execution: ActorName
  /// The actor of the apply phase.
  public let apply: ActorName

  /// Creates actors; `apply` defaults to `execution`.
  public init(strategy: ActorName, execution: ActorName, apply: ActorName? = nil) {
    self.strategy = strategy
    self.execution = execution
    self.apply = apply ?? execution
  }

  /// The actor of this phase.
  public subscript(phase: PlanPhase) -> ActorName {
    switch phase {
    case .strategize: strategy
    case .execute: execution
    case .apply: apply
    }
  }
}
