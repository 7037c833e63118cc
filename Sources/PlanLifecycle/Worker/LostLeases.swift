import PlanDomain
import PlanStorage

/// Cancels the handlers whose leases are lost, and frees their slots.
///
/// A handler that ignores its cancellation keeps its task, but no slot: after the cancel grace the
/// run goes on without it. Safe to use from any thread.
final class LostLeases: Sendable {
  private let worker: PlanWorker
  private let inFlight: InFlightAssignments
  private let alarms: AlarmThread
  private let signal: AsyncSignal

  init(
    worker: PlanWorker, inFlight: InFlightAssignments, alarms: AlarmThread, signal: AsyncSignal
  ) {
    self.worker = worker
    self.inFlight = inFlight
    self.alarms = alarms
    self.signal = signal
  }

  /// Cancels the handler of the plan if its lease is of an older epoch; returns at once.
  func fence(_ token: LeaseToken) {
    guard let lost = inFlight.fence(token) else { return }
    let end = worker.store.environment.time.now().adding(worker.options.cancelGrace)
    do throws(StorageError) {
      try alarms.schedule(at: end) { [self] in abandon(lost) }
    } catch {
      // Without an alarm the slot is free only when the handler returns.
      worker.notify(.trouble(error, during: "waiting for a cancelled handler"))
    }
  }

  private func abandon(_ token: LeaseToken) {
    guard inFlight.remove(token) else { return }
    worker.notify(.abandoned(token))
    signal.raise()
  }
}
