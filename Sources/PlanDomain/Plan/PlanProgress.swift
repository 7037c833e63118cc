/// The part of a plan that changes: all that a transition writes.
public struct PlanProgress: Hashable, Sendable {
  /// Where the plan is.
  public internal(set) var status: PlanStatus
  /// Counts the transitions; the sequence of the latest event.
  public internal(set) var version: Int
  /// Attempts used up in this phase; the one being worked on is counted.
  public internal(set) var attempt: Int
  /// How often the plan went back to strategize.
  public internal(set) var reversionCount: Int
  /// The fencing token; grows whenever a lease is given or taken away.
  public internal(set) var epoch: Int
  /// The lease of the worker that has the plan; set exactly while processing.
  public internal(set) var lease: Lease?
  /// From when on a queued plan may be claimed; nil for a child without a slot.
  public internal(set) var readyAt: Timestamp?
  /// How many siblings must still succeed before a child may start.
  package internal(set) var unmetDependencies: Int
  /// When the plan was last changed.
  public internal(set) var updatedAt: Timestamp
  private var strategize: PhaseTimes
  private var execute: PhaseTimes
  private var apply: PhaseTimes
  // Most plans have few of these most of the time: one reference instead of five fields.
  /// Results, checkpoint and failure behind one reference; nil while there are none.
  package private(set) var documents: PlanDocuments?
  private var childRound: BoxedRound?

  /// Puts the changing part together, as an adapter does that reads it back.
  package init(
    status: PlanStatus, version: Int, attempt: Int, reversionCount: Int, epoch: Int,
    lease: Lease?, readyAt: Timestamp?, unmetDependencies: Int, updatedAt: Timestamp,
    times: (strategize: PhaseTimes, execute: PhaseTimes, apply: PhaseTimes),
    documents: PlanDocuments?, round: ChildRound?
  ) {
    self.status = status
    self.version = version
    self.attempt = attempt
    self.reversionCount = reversionCount
    self.epoch = epoch
    self.lease = lease
    self.readyAt = readyAt
    self.unmetDependencies = unmetDependencies
    self.updatedAt = updatedAt
    (strategize, execute, apply) = times
    self.documents = documents
    childRound = round.map(BoxedRound.init)
  }

  /// The times of this phase.
  public internal(set) subscript(times phase: PlanPhase) -> PhaseTimes {
    get {
      switch phase {
      case .strategize: strategize
      case .execute: execute
      case .apply: apply
      }
    }
    set {
      switch phase {
      case .strategize: strategize = newValue
      case .execute: execute = newValue
      case .apply: apply = newValue
      }
    }
  }

  /// The result of this phase, once it is complete.
  public func result(of phase: PlanPhase) -> JSONValue? { documents?.result(of: phase) }
  /// The latest checkpoint of this phase.
  public var checkpoint: Plan.Checkpoint? { documents?.checkpoint }
  /// Why the latest attempt, or the plan, did not succeed.
  public var failure: Plan.Failure? { documents?.failure }
  /// How far the children of the latest spawn have got.
  public internal(set) var round: ChildRound? {
    get { childRound?.round }
    set { childRound = newValue.map(BoxedRound.init) }
  }

  /// Results, checkpoint and failure together.
  var currentDocuments: PlanDocuments {
    get { documents ?? .none }
    set { documents = newValue == .none ? nil : newValue }
  }
}

/// A round behind a reference: one word in the many plans that never spawn.
private final class BoxedRound: Hashable, Sendable {
  let round: ChildRound
  init(_ round: ChildRound) { self.round = round }
  static func == (a: BoxedRound, b: BoxedRound) -> Bool { a.round == b.round }
  func hash(into hasher: inout Hasher) { hasher.combine(round) }
}
