import PlanDomain
import PlanStorage

/// Renews the leases of all assignments of a run, in one unit of work.
///
/// Runs on the run's alarm thread, so that handlers that block the cooperative threads do not cause
/// other handlers to lose their leases.
final class LeaseRenewal: Sendable {
  private let worker: PlanWorker
  private let inFlight: InFlightAssignments
  private let alarms: AlarmThread
  private let lost: LostLeases
  private let isScheduled = Locked(false)

  init(
    worker: PlanWorker, inFlight: InFlightAssignments, alarms: AlarmThread, lost: LostLeases
  ) {
    self.lost = lost
    self.worker = worker
    self.inFlight = inFlight
    self.alarms = alarms
  }

  private var time: any TimeSource { worker.store.environment.time }

  /// Schedules the next renewal after a third of the lease duration; renewals repeat while leases
  /// exist.
  ///
  /// Call it after an assignment was added. Returns at once.
  func scheduleNext() {
    let mustSchedule = isScheduled.withLock { isScheduled in
      defer { isScheduled = true }
      return !isScheduled
    }
    // A stopped thread would renew at once, and again, for as long as a handler does not return.
    guard mustSchedule, !alarms.isStopped else { return }
    let isDone = schedule(at: time.now().adding(worker.options.leaseFor / 3)) { renewal in
      renewal.isScheduled.withLock { $0 = false }
      renewal.renewAll()
    }
    if !isDone { isScheduled.withLock { $0 = false } }
  }

  /// Renews the leases at once and goes on renewing them, after the store was resumed.
  ///
  /// Finds the leases that were lost during the suspension. Returns at once.
  func goOn() {
    // A stopped thread would renew on the caller's thread.
    if !alarms.isStopped { _ = schedule(at: time.now()) { $0.renewAll() } }
  }

  /// Runs a renewal on the alarm thread; returns false, and reports it, when it has no thread.
  private func schedule(
    at next: Timestamp, _ renew: @escaping @Sendable (LeaseRenewal) -> Void
  ) -> Bool {
    do throws(StorageError) {
      try alarms.schedule(at: next) { [weak self] in if let self { renew(self) } }
      return true
    } catch {
      worker.notify(.trouble(error, during: "renewing leases"))
      return false
    }
  }

  private func renewAll() {
    let tokens = inFlight.tokens
    // While the store is suspended, renewals stop until `goOn`; after its end, for good.
    guard !tokens.isEmpty, renew(tokens) else { return }
    scheduleNext()
  }

  /// Renews these leases; leaves out a plan that makes the unit of work fail, and renews the
  /// others.
  ///
  /// Returns false when the store is suspended or cannot be used any more.
  private func renew(_ tokens: [LeaseToken]) -> Bool {
    var rest = tokens
    while !rest.isEmpty {
      let attempt = BatchAttempt()
      do {
        let batch = try worker.store.writeBlockingNow { [rest, worker] transaction in
          try transaction.renew(rest, leaseFor: worker.options.leaseFor) { attempt.plan = $0 }
        }
        for skipped in batch.skipped { note(skipped, rest) }
        return true
      } catch {
        if error.isSuspension { return false }
        worker.notify(.trouble(error, during: "renewing leases"))
        if error.endsUseOfStore { return false }
        guard let id = attempt.plan else { return true }
        rest.removeAll { $0.plan == id }
      }
    }
    return true
  }

  private func note(_ skipped: PlanBatch.Skipped, _ tokens: [LeaseToken]) {
    // A renewal can be refused before the claim is committed or after the handler has ended. The
    // claim or the report then decides the outcome.
    guard let token = tokens.first(where: { $0.plan == skipped.id }), inFlight.isRunning(token)
    else { return }
    if skipped.error is PlanError {
      // The lease is lost; the next epoch fences it off.
      lost.fence(LeaseToken(plan: token.plan, epoch: token.epoch + 1))
    } else {
      worker.notify(.trouble(skipped.error, during: "renewing the lease of plan \(token.plan)"))
    }
  }
}
