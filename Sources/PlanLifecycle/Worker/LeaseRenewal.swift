import PlanDomain
import PlanStorage

/// Renews the leases of all assignments of a run, in one unit of work, and stores the latest reports
/// of their handlers with them.
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
    guard !tokens.isEmpty else { return }
    // Also those of earlier renewals, which may have failed; one that is stored is not written again.
    let reports = inFlight.reports
    // While the store is suspended, renewals stop until `goOn`; after its end, for good.
    let goesOn = lost.change(tokens, during: "renewing leases") {
      [leaseFor = worker.options.leaseFor] in
      try $0.renew($1, leaseFor: leaseFor, reports: reports, tried: $2)
    }
    if goesOn { scheduleNext() }
  }
}
