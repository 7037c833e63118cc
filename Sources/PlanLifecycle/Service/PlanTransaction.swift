public import PlanDomain
import PlanStorage

/// One unit of work: the commands of the lifecycle, which are committed together or not at all.
///
/// The closure of `write` receives it, on the thread that runs the closure. It cannot be copied,
/// stored or captured by an escaping closure. Reads the clock once, as ``now``: all commands of one
/// unit of work have the same time. The closure must return soon and must not wait for anything: other
/// units of work wait for it.
///
/// A command that is refused before its first write changes nothing, and the body may catch the
/// error and continue. A command that fails after its first write spoils the unit of work: later
/// calls throw the same error, and so does the unit of work itself, even if the body returns.
public struct PlanTransaction: ~Copyable {
  /// Reads that include the writes of this unit of work.
  public let snapshot: PlanSnapshot
  let session: any UnitOfWork
  let environment: PlanEnvironment
  /// The time of the unit of work, by the clock of the system, which tests move.
  public let now: Timestamp
  let changes: UnitOfWorkEffects

  init(session: any UnitOfWork, environment: PlanEnvironment, changes: UnitOfWorkEffects) {
    snapshot = PlanSnapshot(session: session, changes: changes)
    self.session = session
    self.environment = environment
    self.changes = changes
    now = environment.time.now()
  }

  /// Returns the plan with this id, with the changes of this unit of work.
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id; ``StorageError`` if the
  ///   store fails.
  public func plan(_ id: Plan.ID) throws -> Plan { try snapshot.plan(id) }

  /// Returns the action with this name, with the changes of this unit of work.
  ///
  /// - Throws: ``PlanError/Code/actionNotFound`` if no action has this name; ``StorageError`` if
  ///   the store fails.
  public func action(_ name: ActionName) throws -> Action { try snapshot.action(name) }

  /// Runs a command; an error after its first write spoils the unit of work.
  func command<R>(_ body: () throws -> R) throws -> R {
    let writes = try changes.writeCount()
    do { return try body() } catch {
      throw changes.failed(error, since: writes)
    }
  }
}

extension PlanLifecycleService {
  /// Runs a body on a session as one unit of work of the lifecycle.
  func run(
    _ body: (borrowing PlanTransaction) throws -> Void, in session: any UnitOfWork,
    _ changes: UnitOfWorkEffects
  ) throws {
    changes.begin()
    try body(PlanTransaction(session: session, environment: environment, changes: changes))
    // Prevents the commit of a partly executed command whose error the body caught.
    try changes.end()
  }
}
