import PlanDomain
import PlanStorage
import Synchronization

/// The changes that a unit of work has made, and the error that spoilt it.
///
/// Safe to use from any thread.
final class UnitOfWorkEffects: Sendable {
  private struct Changes: Sendable {
    var readyActors: [ActorName] = []
    var endedLeases: [LeaseToken] = []
    var hasEvents = false
    var removesPlans = false
    /// Nil when nobody needs them.
    var changedPlans: [CommitNotification.ChangedPlan]?
    var writes = 0
    var spoilingError: (any Error)?
    var hasEnded = false
  }
  private let changes: Locked<Changes>
  private let began = Atomic(false)

  /// Creates the effects of a unit of work that has not begun.
  ///
  /// With `collectsPlans`, its notification contains the plans that made a transition.
  init(collectsPlans: Bool) {
    changes = Locked(Changes(changedPlans: collectsPlans ? [] : nil))
  }

  /// Whether the body of the unit of work has begun.
  var hasBegun: Bool { began.load(ordering: .relaxed) }

  /// Records that the body begins; forgets an earlier run of it, which the store has rolled back.
  func begin() {
    began.store(true, ordering: .relaxed)
    changes.withLock { changes in
      changes = Changes(changedPlans: changes.changedPlans == nil ? nil : [])
    }
  }

  /// Returns the notification of the committed unit of work.
  ///
  /// Throws `inputOutput` when the body did not run to its end, even if the store reports success.
  func notification() throws(StorageError) -> CommitNotification {
    let changes = changes.withLock { $0 }
    guard changes.hasEnded else { throw .bodyNotRun("writing") }
    return CommitNotification(
      readyActors: changes.readyActors, endedLeases: changes.endedLeases,
      hasEvents: changes.hasEvents, removesPlans: changes.removesPlans,
      changedPlans: changes.changedPlans)
  }

  /// Returns the notification after the store has thrown; nil when the body did not run to its end.
  ///
  /// The store may have committed the unit of work before it failed, so feeds and waiting tasks
  /// must look. It may also have rolled it back, so neither actors nor leases are named.
  func notificationOfFailure() -> CommitNotification? {
    guard changes.withLock({ $0.hasEnded }) else { return nil }
    return CommitNotification(
      readyActors: [], endedLeases: [], hasEvents: true, removesPlans: true)
  }

  /// Returns the number of writes; throws the error that spoilt the unit of work.
  func writeCount() throws -> Int {
    let (writes, error) = changes.withLock { ($0.writes, $0.spoilingError) }
    if let error { throw error }
    return writes
  }

  /// Records that the body has returned; throws the error that spoilt the unit of work.
  func end() throws {
    let error = changes.withLock { changes in
      changes.hasEnded = true
      return changes.spoilingError
    }
    if let error { throw error }
  }

  /// Records the error of a command that began after `writes` writes, and returns the error to
  /// throw.
  ///
  /// An error after a further write spoils the unit of work; the first such error is kept.
  func failed(_ error: any Error, since writes: Int) -> any Error {
    changes.withLock { changes in
      if changes.spoilingError == nil, changes.writes > writes { changes.spoilingError = error }
      return changes.spoilingError ?? error
    }
  }

  /// Counts a write of an action.
  func noteWrite() { changes.withLock { $0.writes += 1 } }

  /// Counts the removal of a tree.
  func noteRemoval() {
    changes.withLock { changes in
      changes.writes += 1
      changes.removesPlans = true
    }
  }

  /// Counts the write of a plan, and records what the notification contains of it.
  func note(_ plan: Plan, before: Plan?, hasEvents: Bool) {
    changes.withLock { changes in
      changes.writes += 1
      if hasEvents {
        changes.hasEvents = true
        changes.changedPlans?.append(
          CommitNotification.ChangedPlan(plan: plan.id, status: plan.status))
      }
      if plan.status.state == .queued, plan.progress.readyAt != nil,
        !changes.readyActors.contains(plan.actor)
      {
        changes.readyActors.append(plan.actor)
      }
      if before?.progress.lease != nil, before?.progress.epoch != plan.progress.epoch {
        changes.endedLeases.append(LeaseToken(plan: plan.id, epoch: plan.progress.epoch))
      }
    }
  }
}
