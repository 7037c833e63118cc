import Planwright

/// The plan that a command continues, or why it creates another one.
enum EarlierRun: Sendable {
  /// A plan that has not ended, or waits for an operator.
  case unfinished(Plan)
  /// A plan that failed, and that an operator can retry.
  case failed(Plan)
  /// A plan that has succeeded, but whose result was not printed yet.
  case unprinted(Plan)
}

extension PlanTransaction {
  /// The plan of an earlier run of the same command that the command continues; nil for none.
  ///
  /// An unfinished plan comes first, else the latest plan decides.
  func earlierRun(_ identity: RunIdentity, _ folders: WorkFolders) throws -> EarlierRun? {
    let plans = try runs(identity).filter(identity.isSame)
    if let plan = plans.first(where: { !$0.hasEnded }) { return .unfinished(plan) }
    guard let latest = plans.first else { return nil }
    if !latest.isFinal { return .failed(latest) }
    let isPending = latest.hasSucceeded && folders.isResultPending(root: latest.id.description)
    return isPending ? .unprinted(latest) : nil
  }

  /// The latest unfinished plan of the same command whose action or programs were others.
  func unfinishedOfOtherVersion(_ identity: RunIdentity) throws -> Plan? {
    try runs(identity).first { identity.isOfOtherVersion($0) == true && !$0.hasEnded }
  }

  /// The latest plans of the same file, action and arguments, the newest first.
  private func runs(_ identity: RunIdentity) throws -> [Plan] {
    let label = Plan.Label(RunIdentity.runLabel, identity.run)
    return try snapshot.plans(matching: PlanQuery(PlanFilter(label: label), limit: .largest)).rows
  }

  /// Releases the leases that workers of planctl have in a tree; returns how many.
  ///
  /// Only for the holder of the lock of the tree's work folder: the workers have ended, and so have
  /// their programs. The attempts are not counted.
  func releaseLeases(inTreeOf root: Plan.ID) throws -> Int {
    let owner = RunCommand.name + "/"
    var count = 0
    var after: PlanCursor?
    repeat {
      let filter = PlanFilter(state: .processing, root: root)
      let page = try snapshot.plans(matching: PlanQuery(filter, limit: .largest, after: after))
      for plan in page.rows {
        guard let token = plan.leaseToken,
          plan.progress.lease?.owner.description.hasPrefix(owner) == true
        else { continue }
        try release(token)
        count += 1
      }
      after = page.next
    } while after != nil
    return count
  }
}
