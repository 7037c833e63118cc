import Planwright

/// A lease that has not expired: what a store knows of a plan that is being processed.
///
/// The store does not know whether the worker is alive. What it knows is when the worker renewed the
/// lease, which workers do after a third of its duration.
struct HeldLease: Hashable, Sendable {
  /// How many leases are described in text.
  static let largestCountInText = 20

  let plan: Plan.ID
  let phase: PlanPhase
  let owner: LeaseOwner
  /// The time from which the plan is being processed, if it was read.
  let since: Timestamp?
  let renewedAt: Timestamp
  let expiresAt: Timestamp
  /// Whether the lease ends with its attempt, so that it cannot be renewed.
  let isLast: Bool

  /// Describes the lease of a plan.
  init(_ lease: Lease, of plan: Plan, since: Timestamp?) {
    self.plan = plan.id
    phase = plan.status.phase
    owner = lease.owner
    self.since = since
    renewedAt = plan.progress.updatedAt
    expiresAt = lease.expiresAt
    isLast = lease.expiresAt == lease.end
  }

  /// Whether the worker should have renewed the lease by now: half of its time is over.
  func hasMissedRenewal(at now: Timestamp) -> Bool {
    !isLast && now.since(renewedAt) > expiresAt.since(renewedAt) / 2
  }

  /// What is known of the lease, in one sentence.
  func sentence(at now: Timestamp) -> String {
    let start = since.map { " since \($0.toSeconds)" } ?? ""
    let age = now.since(renewedAt).brief
    let renewal =
      since == renewedAt
      ? "taken \(age) ago" + (hasMissedRenewal(at: now) ? " and not renewed since" : "")
      : "renewed \(age) ago" + (hasMissedRenewal(at: now) ? " and not again when it was due" : "")
    let end = expiresAt.since(now).brief
    return
      "\(phase.rawValue) is processing\(start), leased by \(owner), \(renewal); the lease ends in "
      + "\(end) \(isLast ? "with the attempt" : "unless it is renewed")"
  }

  var document: JSONValue {
    [
      "plan": .string(plan.description), "phase": .string(phase.rawValue),
      "owner": .string(owner.description),
      "since": since.map { .string($0.description) } ?? .null,
      "renewedAt": .string(renewedAt.description),
      "expiresAt": .string(expiresAt.description),
    ]
  }
}
