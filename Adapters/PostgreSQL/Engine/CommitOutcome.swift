import PlanDomain
import PlanStorage

/// Finds out whether a unit of work was committed whose answer was lost with its connection, or whose
/// wait for a synchronous standby was cancelled.
///
/// Each unit of work has a random token: in its first event, or in a row of its own when it has no
/// events. It is looked up on a new connection, under a lock that the lost transaction holds until
/// it has ended. A commit that was found is acknowledged by another one after it: a synchronous
/// standby may not have the first, whose wait has ended with its connection.
struct CommitOutcome {
  private let engine: PostgreSQLEngine
  private let session: PostgreSQLSession
  /// A position that was taken before the lost unit of work took its own.
  private let position: Int64

  init(_ engine: PostgreSQLEngine, _ session: PostgreSQLSession, after position: Int64) {
    self.engine = engine
    self.session = session
    self.position = position
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
        connection.responseTimeout = max(end - .now, .seconds(1))
        defer { connection.responseTimeout = PostgreSQLConnector.responseTimeout }
        if let answer = try look(on: connection) {
          if answer { try acknowledge(on: connection) }
          return answer
        }
        break
      } catch {
        latest = error
        engine.probes.pause(3)
      }
    }
    throw StorageError(
      .outcomeUnknown, operation: "committing", subject: engine.subject,
      reason: "the connection was lost, and the server could not answer: \(latest)")
  }

  /// Returns whether the unit of work was committed; nil when what would tell may be removed.
  private func look(on connection: PostgreSQLConnection) throws(StorageError) -> Bool? {
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
        PostgreSQLCommand(SQL.removedPosition),
      ])
    } catch { throw error.error("looking up the outcome of", engine.subject) }
    guard rows.count == 5, !rows[3].isEmpty else {
      // Its events may have been removed with their tree, if later ones than they could be were.
      let removed = try rows[4].int(0, 0)
      return session.working.firstEvent != nil && removed > position ? nil : false
    }
    if session.working.firstEvent == nil { return true }
    return try rows[3].intOrNil(0, 0) == session.token
  }

  /// Commits something, which waits for a synchronous standby to have all that came before.
  private func acknowledge(on connection: PostgreSQLConnection) throws(StorageError) {
    connection.forgetWarnings()
    _ = try connection.rows(
      "looking up the outcome of", SQL.insertUnitOfWork, [.int(session.random())])
    if connection.hasWarned { throw .cancelledWait(engine.subject) }
  }
}
