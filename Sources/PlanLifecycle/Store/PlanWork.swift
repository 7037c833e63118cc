public import PlanDomain
import PlanStorage

/// One unit of work: every command of the lifecycle, to be composed as a host needs.
///
/// All of it happens or none of it does. Cannot be copied, stored or captured by an escaping
/// closure. The time stands still inside: all that happens in one unit of work happens at once.
///
/// A command that is refused before it has written anything changes nothing, and the body may catch
/// the error and go on. One that fails after its first write spoils the unit of work: later calls
/// throw the same error, and so does the unit of work itself, even if the body returns.
public struct PlanWork: ~Copyable {
  /// Reads that see the writes made so far.
  public let view: PlanView
  let session: any UnitOfWork
  let surroundings: Surroundings
  let now: Timestamp
  let changes: ChangeList

  init(session: any UnitOfWork, surroundings: Surroundings, changes: ChangeList) {
    view = PlanView(session: session, changes: changes)
    self.session = session
    self.surroundings = surroundings
    self.changes = changes
    now = surroundings.time.now()
  }

  /// The plan of this id; throws `planNotFound`.
  public func plan(_ id: Plan.ID) throws -> Plan { try view.plan(id) }

  /// The action of this name; throws `actionNotFound`.
  public func action(_ name: ActionName) throws -> Action { try view.action(name) }

  /// Runs a command, and spoils the unit of work when it fails after its first write.
  func command<R>(_ body: () throws -> R) throws -> R {
    let writes = try changes.soundWrites()
    do { return try body() } catch {
      throw changes.failed(error, since: writes)
    }
  }
}

extension PlanStore {
  /// Runs a body on a session as one unit of work of the lifecycle.
  func run(
    _ body: (borrowing PlanWork) throws -> Void, in session: any UnitOfWork, _ changes: ChangeList
  ) throws {
    try body(PlanWork(session: session, surroundings: surroundings, changes: changes))
    // A body that caught the error of a half-done command must not commit that half.
    _ = try changes.soundWrites()
  }
}
