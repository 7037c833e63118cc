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
    let next = time.now().adding(worker.options.leaseFor / 3)
    do throws(StorageError) {
      try alarms.schedule(at: next) { [weak self] in self?.renewAll() }
    } catch {
      isScheduled.withLock { $0 = false }
      worker.notify(.trouble(error, during: "renewing leases"))
    }
  }

  private func renewAll() {
    isScheduled.withLock { $0 = false }
    let tokens = inFlight.tokens
    guard !tokens.isEmpty else { return }
    lost.change(tokens, during: "renewing leases") { [leaseFor = worker.options.leaseFor] in
      try $0.renew($1, leaseFor: leaseFor, tried: $2)
    }
    scheduleNext()
  }
}
