import PlanDomain
import PlanStorage

/// What a unit of work has written, to be notified once it is committed, and what spoilt it.
final class ChangeList: Sendable {
  private struct Changes: Sendable {
    var readyActors: [ActorName] = []
    var endedLeases: [LeaseToken] = []
    var hasEvents = false
    var writes = 0
    var spoiledBy: (any Error)?
    var hasEnded = false
  }
  private let changes = Locked(Changes())

  /// What others are told of a unit of work that is committed.
  ///
  /// Throws `inputOutput` when its body did not run to its end, whatever the store says.
  func notification() throws(StorageError) -> CommitNotification {
    let changes = changes.withLock { $0 }
    guard changes.hasEnded else { throw .bodyNotRun("writing") }
    return CommitNotification(
      readyActors: changes.readyActors, endedLeases: changes.endedLeases,
      hasEvents: changes.hasEvents)
  }

  /// How many writes there were; throws the error that spoilt the unit of work.
  func soundWrites() throws -> Int {
    let (writes, error) = changes.withLock { ($0.writes, $0.spoiledBy) }
    if let error { throw error }
    return writes
  }

  /// Notes that the body has returned; throws the error that spoilt the unit of work.
  func end() throws {
    let error = changes.withLock { changes in
      changes.hasEnded = true
      return changes.spoiledBy
    }
    if let error { throw error }
  }

  /// Keeps the error of a command that began after this many writes, if it has written since; the
  /// first error of the unit of work.
  func failed(_ error: any Error, since writes: Int) -> any Error {
    changes.withLock { changes in
      if changes.spoiledBy == nil, changes.writes > writes { changes.spoiledBy = error }
      return changes.spoiledBy ?? error
    }
  }

  /// Counts a write of something other than a plan.
  func noteWrite() { changes.withLock { $0.writes += 1 } }

  /// Counts a plan that was written, and keeps what others are told of it.
  func note(_ plan: Plan, before: Plan?, hasEvents: Bool) {
    changes.withLock { changes in
      changes.writes += 1
      if hasEvents { changes.hasEvents = true }
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
