import PlanDomain
import PlanStorage

/// Finds out whether a unit of work was committed whose answer was lost with its connection.
///
/// Each unit of work has a random token: in its first event, or in a row of its own when it has no
/// events. It is looked up on a new connection, under a lock that the lost transaction holds until
/// it has ended.
struct CommitOutcome {
  private let engine: PostgreSQLEngine
  private let session: PostgreSQLSession

  init(_ engine: PostgreSQLEngine, _ session: PostgreSQLSession) {
    self.engine = engine
    self.session = session
  }

  /// Replaces the connection and returns whether the unit of work was committed.
  ///
  /// Throws `outcomeUnknown` when the server cannot be asked in time.
  func isCommitted(
    _ connection: inout PostgreSQLConnection, after error: any Error
  ) throws -> Bool {
    let end = ContinuousClock.now + PostgreSQLEngine.outcomeLimit
    var latest = error
    while ContinuousClock.now < end {
      do throws(StorageError) {
        try engine.pool.replace(&connection, within: end - .now)
        return try look(on: connection)
      } catch {
        latest = error
        engine.probes.pause(3)
      }
    }
    throw StorageError(
      .outcomeUnknown, operation: "committing", subject: engine.subject,
      reason: "the connection was lost, and the server could not be asked: \(latest)")
  }

  private func look(on connection: PostgreSQLConnection) throws(StorageError) -> Bool {
    defer { connection.rollBack() }
    let question: PostgreSQLCommand =
      if let event = session.working.firstEvent {
        PostgreSQLCommand(SQL.tokenOfEvent, [.id(event.plan), .int(event.sequence)])
      } else {
        PostgreSQLCommand(SQL.isUnitOfWorkStored, [.int(session.token)])
      }
    let rows: [PostgreSQLRows]
    do throws(PostgreSQLFailure) {
      rows = try connection.run([
        PostgreSQLCommand(SQL.beginWriting), PostgreSQLCommand(SQL.waitForLocks),
        PostgreSQLCommand(SQL.lock, [.int(engine.keys.writers)]), question,
      ])
    } catch { throw error.error("looking up the outcome of", engine.subject) }
    guard let found = rows.last, !found.isEmpty else { return false }
    if session.working.firstEvent == nil { return true }
    return try found.intOrNil(0, 0) == session.token
  }
}
