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
public struct PlanTransaction: ~Copyable {
  /// Reads that see the writes made so far.
  public let snapshot: PlanSnapshot
  let session: any UnitOfWork
  let environment: PlanEnvironment
  let now: Timestamp
  let changes: ChangeList

  init(session: any UnitOfWork, environment: PlanEnvironment, changes: ChangeList) {
    snapshot = PlanSnapshot(session: session, changes: changes)
    self.session = session
    self.environment = environment
    self.changes = changes
    now = environment.time.now()
  }

  /// The plan of this id; throws `planNotFound`.
  public func plan(_ id: Plan.ID) throws -> Plan { try snapshot.plan(id) }

  /// The action of this name; throws `actionNotFound`.
  public func action(_ name: ActionName) throws -> Action { try snapshot.action(name) }

  /// Runs a command, and spoils the unit of work when it fails after its first write.
  func command<R>(_ body: () throws -> R) throws -> R {
    let writes = try changes.soundWrites()
    do { return try body() } catch {
      throw changes.failed(error, since: writes)
    }
  }
}

extension PlanLifecycleService {
  /// Runs a body on a session as one unit of work of the lifecycle.
  func run(
    _ body: (borrowing PlanTransaction) throws -> Void, in session: any UnitOfWork,
    _ changes: ChangeList
  ) throws {
    try body(PlanTransaction(session: session, environment: environment, changes: changes))
    // A body that caught the error of a half-done command must not commit that half.
    try changes.end()
  }
}
