import PlanDomain
import PlanStorage

/// Cancels the handlers whose leases are lost or whose attempts timed out, and frees their slots.
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

  /// Cancels the handlers whose leases are older than one of these leases of the same plan; returns
  /// at once.
  func fence(_ tokens: [LeaseToken]) {
    for lost in inFlight.fence(tokens) {
      scheduleEnd(of: lost.token)
      lost.handler?.cancel()
    }
  }

  /// Runs a command on the plans of these leases in one unit of work, and cancels the handlers whose
  /// leases turn out to be lost.
  ///
  /// Blocks the calling thread. Leaves out a plan that makes the unit of work fail, and repeats it
  /// for the others. Errors are reported with the operation. Returns false when the store is
  /// suspended, which is not reported, or cannot be used any more.
  @discardableResult
  func change(
    _ tokens: [LeaseToken], during operation: String,
    _ command:
      @escaping @Sendable (
        borrowing PlanTransaction, [LeaseToken], (Plan.ID?) -> Void
      ) throws -> PlanBatch
  ) -> Bool {
    var rest = Dictionary(tokens.map { ($0.plan, $0) }) { $0.epoch < $1.epoch ? $1 : $0 }
    // Of two leases of one plan the older is lost, also if another process has taken it away.
    for token in tokens where rest[token.plan] != token { fence(running: token) }
    while !rest.isEmpty {
      let attempt = BatchAttempt()
      do {
        let batch = try worker.store.writeBlockingNow { [rest] transaction in
          try command(transaction, Array(rest.values)) { attempt.plan = $0 }
        }
        for skipped in batch.skipped {
          if let token = rest[skipped.id] { note(skipped.error, on: token, during: operation) }
        }
        return true
      } catch {
        if error.isSuspension { return false }
        worker.notify(.trouble(error, during: operation))
        if error.endsUseOfStore { return false }
        guard let id = attempt.plan else { return true }
        rest[id] = nil
      }
    }
    return true
  }

  private func note(_ error: any Error, on token: LeaseToken, during operation: String) {
    switch error {
    // `AttemptTimeouts` reclaims the plan before its handler is cancelled.
    case PlanError.Code.attemptTimedOut: break
    case is PlanError: fence(running: token)
    default:
      if inFlight.isRunning(token) {
        worker.notify(.trouble(error, during: "\(operation) of plan \(token.plan)"))
      }
    }
  }

  /// Cancels the handler of this lease, if it runs.
  ///
  /// A command can also be refused before the claim is committed, or after the handler has ended.
  /// The claim or the report then decides the outcome.
  private func fence(running token: LeaseToken) {
    if inFlight.isRunning(token) { fence([token.next]) }
  }

  /// Frees the slots of all handlers that have not returned, at the end of the run.
  func abandonAll() {
    for token in inFlight.removeLost() { worker.notify(.abandoned(token)) }
  }

  private func scheduleEnd(of token: LeaseToken) {
    let end = worker.store.environment.time.now().adding(worker.options.cancelGrace)
    do throws(StorageError) {
      try alarms.schedule(at: end) { [self] in abandon(token) }
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

extension LeaseToken {
  /// The oldest lease that fences this one off.
  var next: LeaseToken { LeaseToken(plan: plan, epoch: epoch + 1) }
}
