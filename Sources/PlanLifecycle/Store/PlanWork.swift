public import PlanDomain
import PlanStorage

/// One unit of work: every command of the lifecycle, to be composed as a host needs.
///
/// All of it happens or none of it does. Cannot be copied, stored or captured by an escaping
/// closure. The time stands still inside: all that happens in one unit of work happens at once.
public struct PlanWork: ~Copyable {
  /// Reads that see the writes made so far.
  public let view: PlanView
  let session: any UnitOfWork
  let surroundings: Surroundings
  let now: Timestamp
  let changes: ChangeList

  init(session: any UnitOfWork, surroundings: Surroundings, changes: ChangeList) {
    view = PlanView(session: session)
    self.session = session
    self.surroundings = surroundings
    self.changes = changes
    now = surroundings.time.now()
  }

  /// The plan of this id; throws `planNotFound`.
  public func plan(_ id: Plan.ID) throws -> Plan { try view.plan(id) }

  /// The action of this name; throws `actionNotFound`.
  public func action(_ name: ActionName) throws -> Action { try view.action(name) }
}

/// What the work under way changed, to be announced once it is committed.
final class ChangeList: Sendable {
  private struct Changes: Sendable {
    var readyFor: [ActorName] = []
    var fenced: [LeaseToken] = []
    var hasEvents = false
  }
  private let changes = Guarded(Changes())

  var announcement: Announcement {
    let changes = changes.withLock { $0 }
    return Announcement(
      readyFor: changes.readyFor, fenced: changes.fenced, hasEvents: changes.hasEvents)
  }

  func note(_ plan: Plan, before: Plan?, hasEvents: Bool) {
    changes.withLock { changes in
      if hasEvents { changes.hasEvents = true }
      if plan.status.state == .queued, plan.progress.readyAt != nil,
        !changes.readyFor.contains(plan.actor)
      {
        changes.readyFor.append(plan.actor)
      }
      if before?.progress.lease != nil, before?.progress.epoch != plan.progress.epoch {
        changes.fenced.append(LeaseToken(plan: plan.id, epoch: plan.progress.epoch))
      }
    }
  }
}
