import PlanDomain
import PlanStorage

/// Ends the attempts of a run that reach their time-outs, with one alarm for all of them.
///
/// Reclaims a plan before its handler is cancelled, so that the handler cannot write any more;
/// `LostLeases` then waits for the handler. Runs on the run's alarm thread, so that handlers that
/// block the cooperative threads time out as well.
final class AttemptTimeouts: Sendable {
  private let worker: PlanWorker
  private let inFlight: InFlightAssignments
  private let alarms: AlarmThread
  private let lost: LostLeases
  private let alarm: AlarmThread.Alarm

  /// The maximum number of plans that one unit of work reclaims.
  private static let batchSize = 100

  init(
    worker: PlanWorker, inFlight: InFlightAssignments, alarms: AlarmThread, lost: LostLeases
  ) {
    self.worker = worker
    self.inFlight = inFlight
    self.alarms = alarms
    self.lost = lost
    alarm = alarms.makeAlarm()
  }

  /// Ends attempts at this time; nil is the end of an attempt without a time-out.
  ///
  /// Call it after an assignment with this end was added. Returns at once.
  func schedule(_ end: Timestamp?) {
    guard let end else { return }
    do throws(StorageError) {
      try alarms.schedule(alarm, at: end) { [weak self] in self?.endAttempts() }
    } catch {
      worker.notify(.trouble(error, during: "waiting for the end of an attempt"))
    }
  }

  private func endAttempts() {
    // A stopped thread runs its alarms before their time.
    if alarms.isStopped { return }
    let now = worker.store.environment.time.now()
    let due = inFlight.timedOut(at: now)
    for start in stride(from: 0, to: due.count, by: Self.batchSize) {
      let batch = due[start..<min(start + Self.batchSize, due.count)].map(\.token)
      lost.change(batch, during: "ending attempts") { try $0.reclaim($1, tried: $2) }
    }
    // While the store or a plan fails, its handler keeps its slot for another cancel grace only. The
    // loop reclaims the plan later; what the handler returns is discarded.
    let overdue = due.filter { $0.end.adding(worker.options.cancelGrace) <= now }
    lost.fence(overdue.map(\.token.next))
    // Those that failed are tried again.
    schedule(inFlight.nextEnd.map { $0 > now ? $0 : now.adding(worker.options.pollInterval) })
  }
}
