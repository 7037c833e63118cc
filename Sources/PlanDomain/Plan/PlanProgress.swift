/// The part of a plan that transitions change.
public struct PlanProgress: Hashable, Sendable {
  /// The phase and its state.
  public internal(set) var status: PlanStatus
  /// The number of transitions; the sequence of the latest event.
  public internal(set) var version: Int
  /// The number of attempts used in this phase, the running one included.
  public internal(set) var attempt: Int
  /// The number of reverts.
  public internal(set) var reversionCount: Int
  /// The epoch for fencing; grows whenever a lease is granted or taken away.
  public internal(set) var epoch: Int
  /// The current lease; non-nil exactly in the state processing.
  public internal(set) var lease: Lease?
  /// The time from which a queued plan can be claimed; nil for a child without a slot.
  public internal(set) var readyAt: Timestamp?
  /// The number of siblings that must still succeed before this child can start.
  package internal(set) var unmetDependencies: Int
  /// The time of the last change.
  public internal(set) var updatedAt: Timestamp
  private var strategize: PhaseTimes
  private var execute: PhaseTimes
  private var apply: PhaseTimes
  // Most plans have none of these most of the time: one reference instead of five fields.
  /// The documents; nil when there are none.
  package private(set) var documents: PlanDocuments?
  private var childRound: BoxedRound?

  /// Creates progress, for example from stored values.
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

  /// The result of this phase; nil until it is complete.
  public func result(of phase: PlanPhase) -> JSONValue? { documents?.result(of: phase) }
  /// The latest checkpoint of the current phase.
  public var checkpoint: Plan.Checkpoint? { documents?.checkpoint }
  /// The latest text with which a handler of the current phase reported its progress.
  ///
  /// A worker stores it when it renews the lease; it ends with the phase.
  public var report: String? { documents?.report }
  /// The failure of the latest attempt or of the plan.
  public var failure: Plan.Failure? { documents?.failure }
  /// The progress of the latest spawn's children.
  public internal(set) var round: ChildRound? {
    get { childRound?.round }
    set { childRound = newValue.map(BoxedRound.init) }
  }

  /// The input of the current phase, which the latest advance carried; nil without one.
  public var input: JSONValue? { documents?.input }
  /// Results, checkpoint, failure, input and report; empty instead of nil.
  var currentDocuments: PlanDocuments {
    get { documents ?? .none }
    set { documents = newValue == .none ? nil : newValue }
  }
}

/// A boxed round: one word in plans that never spawn.
private final class BoxedRound: Hashable, Sendable {
  let round: ChildRound
  init(_ round: ChildRound) { self.round = round }
  static func == (a: BoxedRound, b: BoxedRound) -> Bool { a.round == b.round }
  func hash(into hasher: inout Hasher) { hasher.combine(round) }
}
