import PlanDomain
import PlanStorage

/// Keeps the leases of all assignments of a run, in one unit of work, on the run's own thread.
///
/// On a thread of its own, so that handlers that block the cooperative threads do not cost the
/// others their leases.
final class LeaseRenewal: Sendable {
  private let worker: PlanWorker
  private let inFlight: InFlightAssignments
  private let alarms: AlarmThread
  private let isScheduled = Locked(false)

  init(worker: PlanWorker, inFlight: InFlightAssignments, alarms: AlarmThread) {
    self.worker = worker
    self.inFlight = inFlight
    self.alarms = alarms
  }

  private var time: any TimeSource { worker.store.environment.time }

  /// Renews the leases again and again, three times as often as they expire, while there are any.
  ///
  /// To be called after an assignment was added. Returns at once.
  func keepGoing() {
    let mustSchedule = isScheduled.withLock { isScheduled in
      defer { isScheduled = true }
      return !isScheduled
    }
    guard mustSchedule else { return }
    let next = time.now().adding(worker.options.leaseFor / 3)
    do throws(StorageError) {
      try alarms.schedule(at: next) { [weak self] in self?.renewAll() }
    } catch {
      isScheduled.withLock { $0 = false }
      worker.tell(.trouble(error, during: "renewing leases"))
    }
  }

  private func renewAll() {
    isScheduled.withLock { $0 = false }
    let tokens = inFlight.tokens
    guard !tokens.isEmpty else { return }
    renew(tokens)
    keepGoing()
  }

  /// Renews these leases; one that fails by itself is left out, and the others are renewed again.
  private func renew(_ tokens: [LeaseToken]) {
    var rest = tokens
    while !rest.isEmpty {
      let attempt = BatchAttempt()
      do {
        let batch = try worker.store.writeBlocking { [rest, worker] transaction in
          try transaction.renew(rest, leaseFor: worker.options.leaseFor) { attempt.plan = $0 }
        }
        for skipped in batch.skipped { note(skipped, rest) }
        return
      } catch {
        worker.tell(.trouble(error, during: "renewing leases"))
        guard let id = attempt.plan else { return }
        rest.removeAll { $0.plan == id }
      }
    }
  }

  private func note(_ skipped: PlanBatch.Skipped, _ tokens: [LeaseToken]) {
    // Refused before the claim was committed, or after the handler has ended: what comes of the claim
    // or of the report says what became of the plan.
    guard let token = tokens.first(where: { $0.plan == skipped.id }), inFlight.isRunning(token)
    else { return }
    if skipped.error is PlanError {
      // Whatever the plan is now, it is no longer ours: the next epoch fences this one off.
      inFlight.fence(LeaseToken(plan: token.plan, epoch: token.epoch + 1))
    } else {
      worker.tell(.trouble(skipped.error, during: "renewing the lease of plan \(token.plan)"))
    }
  }
}
