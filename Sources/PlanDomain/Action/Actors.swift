/// Who does each phase of an action.
public struct Actors: Hashable, Sendable {
  /// The actor of the strategize phase.
  public let strategy: ActorName
  /// The actor of the execute phase.
  public let execution: ActorName
  /// The actor of the apply phase.
  public let apply: ActorName

  /// Names the actors; whoever executes also applies unless someone else is named.
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
