/// One use of an action, with its progress through the phases strategize, execute and apply.
///
/// A value: it shows the plan at the moment of a read or a command and does not change. Read it
/// again, or use a handle, for its later status. ``definition`` never changes, ``progress`` is what
/// commands change. Copies are cheap.
public struct Plan: Hashable, Sendable {
  /// The id of a plan.
  public typealias ID = Identifier<Plan>

  // A class instance, so that a plan is one word to copy and to store.
  private let parts: PlanParts

  /// Creates a plan, for example from stored values.
  public init(definition: PlanDefinition, progress: PlanProgress) {
    parts = PlanParts(definition, progress)
  }

  /// The part that never changes.
  public var definition: PlanDefinition { parts.definition }
  /// The part that transitions change.
  public var progress: PlanProgress { _read { yield parts.progress } }

  /// The plan's id.
  public var id: Plan.ID { definition.id }
  /// The phase and its state.
  public var status: PlanStatus { progress.status }
  /// The number of transitions.
  public var version: Int { progress.version }
  /// The actor of the plan's phase.
  public var actor: ActorName { definition.action.actors[status.phase] }

  /// Whether no command can change the plan any more.
  public var isFinal: Bool {
    status == .applyApplied || status.state == .cancelled
      || status == .executeComplete && definition.action.readOnly
  }

  /// Whether the plan ended successfully: applied, or executed when its action is read-only.
  public var hasSucceeded: Bool {
    status == .applyApplied || status == .executeComplete && definition.action.readOnly
  }

  /// Whether a parent no longer waits for the plan: it is final, errored or constrained.
  public var hasEnded: Bool {
    isFinal || status.state == .errored || status.state == .constrained
  }

  /// Whether the plan is a queued child that lacks a slot or a dependency and cannot be claimed.
  public var awaitsSlot: Bool { status.state == .queued && progress.readyAt == nil }

  /// Whether the plan holds one of its parent's slots.
  package var holdsSlot: Bool { definition.position != nil && !hasEnded && !awaitsSlot }

  /// Whether the plan is a queued child that lacks nothing but a slot.
  package var isStartable: Bool { awaitsSlot && progress.unmetDependencies == 0 }

  /// The time at which the plan settled in its phase; nil before.
  public var endedAt: Timestamp? { progress[times: status.phase].endedAt }

  /// The fencing token of the current lease; nil while no worker holds one.
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
