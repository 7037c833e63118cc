import PlanDomain
import PlanStorage

/// Runs one body until its transaction is committed, or until it must not be run again.
///
/// A body is run again after its transaction was rolled back: in another mode when it needs more
/// locks, and after a pause when other units of work or a lost connection were in the way.
struct UnitOfWorkRun {
  /// The number of runs after which also an exclusive one waits for locks as long as it takes.
  private static let impatientRuns = 20

  private let engine: PostgreSQLEngine
  private let isWritable: Bool
  private var mode = TransactionMode()
  private var repetitions = 0
  /// When the body began; nil without observers.
  private let start: ContinuousClock.Instant?

  init(_ engine: PostgreSQLEngine, isWritable: Bool) {
    self.engine = engine
    self.isWritable = isWritable
    start = isWritable && !engine.observers.isEmpty ? .now : nil
  }

  /// Runs the body; throws what the body threw, or why its changes were not committed.
  consuming func run(
    on connection: inout PostgreSQLConnection, _ body: (PostgreSQLSession) throws -> Void
  ) throws {
    while true {
      let position = engine.knownPosition
      let transaction = PostgreSQLTransaction(
        on: connection, mode, isWritable: isWritable, engine.keys)
      let session = PostgreSQLSession(transaction, engine.cache, random: engine.probes.random)
      do {
        try ReentrancyGuard.enterChecked(engine, session: session, isForWriting: isWritable) {
          try body(session)
        }
        engine.note(position: try session.commit())
        noteCommit(session)
        return
      } catch {
        if transaction.isOutcomeUnknown {
          let outcome = CommitOutcome(engine, session, after: position)
          if try outcome.isCommitted(&connection, after: error) {
            return noteCommit(session)
          }
          try pause(after: error)
          continue
        }
        session.verifyInsertions()
        transaction.rollBack()
        switch transaction.repetition {
        case .inMode(let next):
          mode = next
          prepareRepetition(session)
          try count(error)
        case .afterPause(let cause):
          prepareRepetition(session)
          try reconnect(&connection, after: cause)
          try pause(after: cause)
        case nil: throw error
        }
      }
    }
  }

  private func noteCommit(_ session: PostgreSQLSession) {
    if let start {
      engine.observers.report(.committed(unitsOfWork: 1, duration: ContinuousClock.now - start))
    }
    guard session.working.hasWrites else { return }
    engine.commits.noteCommit()
    if session.working.changesCounts || session.working.firstEvent == nil {
      engine.background.note()
    }
  }

  private mutating func prepareRepetition(_ session: PostgreSQLSession) {
    mode.isPatient = !mode.isExclusive || repetitions >= Self.impatientRuns
    mode.plansToLock.formUnion(session.touched)
  }

  private mutating func count(_ error: any Error) throws {
    repetitions += 1
    if repetitions > PostgreSQLEngine.mostRepetitions { throw error }
  }

  private mutating func pause(after error: any Error) throws {
    try count(error)
    engine.probes.pause(repetitions)
  }

  private func reconnect(
    _ connection: inout PostgreSQLConnection, after cause: StorageError
  ) throws {
    guard connection.isBroken else { return }
    try engine.pool.replace(&connection, within: PostgreSQLEngine.outcomeLimit)
  }
}
