import PlanDomain

/// A copy of a plan's progress in which every field can be changed.
struct PlanChanges {
  var status: PlanStatus
  var attempt: Int
  var reversionCount: Int
  var epoch: Int
  var lease: Lease?
  var readyAt: Timestamp?
  var unmetDependencies: Int
  var documents: PlanDocuments?
  var round: ChildRound?
  var definition: PlanDefinition
}

extension Plan {
  /// The plan after a change that no rule allows.
  func falsified(_ change: (inout PlanChanges) -> Void) -> Plan {
    var changes = PlanChanges(
      status: status, attempt: progress.attempt, reversionCount: progress.reversionCount,
      epoch: progress.epoch, lease: progress.lease, readyAt: progress.readyAt,
      unmetDependencies: progress.unmetDependencies, documents: progress.documents,
      round: progress.round, definition: definition)
    change(&changes)
    return Plan(
      definition: changes.definition,
      progress: PlanProgress(
        status: changes.status, version: version, attempt: changes.attempt,
        reversionCount: changes.reversionCount, epoch: changes.epoch, lease: changes.lease,
        readyAt: changes.readyAt, unmetDependencies: changes.unmetDependencies,
        updatedAt: progress.updatedAt,
        times: (
          progress[times: .strategize], progress[times: .execute], progress[times: .apply]
        ),
        documents: changes.documents, round: changes.round))
  }
}
