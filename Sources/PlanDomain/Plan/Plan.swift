/// One use of an action, on its way through strategize, execute and apply.
public struct Plan: Hashable, Sendable {
  /// What identifies a plan, and nothing else.
  public typealias ID = Identifier<Plan>

  // One reference, so that a plan is one word to pass on and to keep.
  private let parts: PlanParts

  /// Puts a plan together, as an adapter does that reads it back.
  public init(definition: PlanDefinition, progress: PlanProgress) {
    parts = PlanParts(definition, progress)
  }

  /// The part that was written once.
  public var definition: PlanDefinition { parts.definition }
  /// The part that transitions change.
  public var progress: PlanProgress { _read { yield parts.progress } }

  /// The plan's id.
  public var id: Plan.ID { definition.id }
  /// Where the plan is.
  public var status: PlanStatus { progress.status }
  /// Counts the transitions.
  public var version: Int { progress.version }
  /// The actor of the phase that the plan is in.
  public var actor: ActorName { definition.action.actors[status.phase] }

  /// Whether no command changes the plan any more.
  public var isFinal: Bool {
    status == .applyApplied || status.state == .cancelled
      || status == .executeComplete && definition.action.readOnly
  }

  /// Whether the plan reached what it was made for.
  public var hasSucceeded: Bool {
    status == .applyApplied || status == .executeComplete && definition.action.readOnly
  }

  /// Whether a parent has nothing more to expect of it: final, errored or constrained.
  public var hasEnded: Bool {
    isFinal || status.state == .errored || status.state == .constrained
  }

  /// Whether it is a child that may not be claimed yet: for want of a slot or of a dependency.
  public var awaitsSlot: Bool { status.state == .queued && progress.readyAt == nil }

  /// Whether it takes up one of its parent's slots.
  package var holdsSlot: Bool { definition.position != nil && !hasEnded && !awaitsSlot }

  /// Whether it only lacks one of its parent's slots.
  package var isStartable: Bool { awaitsSlot && progress.unmetDependencies == 0 }

  /// When the plan settled in its phase, if it has.
  public var endedAt: Timestamp? { progress[times: status.phase].endedAt }

  /// The fencing token of the worker that has the plan, while one has.
  public var leaseToken: LeaseToken? {
    progress.lease == nil ? nil : LeaseToken(plan: id, epoch: progress.epoch)
  }
}

private final class PlanParts: Hashable, Sendable {
  let definition: PlanDefinition
  let progress: PlanProgress

  init(_ definition: PlanDefinition, _ progress: PlanProgress) {
    self.definition = definition
    self.progress = progress
  }

  static func == (a: PlanParts, b: PlanParts) -> Bool {
    a === b || a.definition == b.definition && a.progress == b.progress
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(definition)
    hasher.combine(progress.version)
  }
}
