import PlanDomain
import PlanStorage

/// Runs the handler of one assignment and reports its outcome.
struct AssignmentRunner: Sendable {
  let assignment: Assignment
  let worker: PlanWorker
  let inFlight: InFlightAssignments
  let alarms: AlarmThread

  private var token: LeaseToken { assignment.token }
  private var time: any TimeSource { worker.store.environment.time }

  func run() async {
    defer { _ = inFlight.remove(token) }
    guard let handler = worker.handlers[assignment.plan.actor] else { return }
    worker.notify(.started(assignment))
    let context = HandlerContext(token: token, store: worker.store, notify: worker.notify)
    let task = Task { [assignment] in try await handler(assignment, context) }
    inFlight.start(task, for: token)
    let result = await task.result
    inFlight.beginReporting(token)
    await conclude(result)
  }

  private func conclude(_ result: Result<HandlerOutcome, any Error>) async {
    if inFlight.isLost(token) { return worker.notify(.leaseLost(token)) }
    switch result {
    case .success(let outcome): await report(outcome)
    case .failure where inFlight.isStopping: await worker.release(token)
    case .failure(let error) where error.isSuspension: await releaseWhenResumed()
    case .failure(let error): await report(.fail(Plan.Failure(of: error, worker.redaction)))
    }
  }

  /// Gives back an attempt that failed because the store was suspended: it is not counted.
  private func releaseWhenResumed() async {
    do {
      _ = try await worker.store.repeatingWhenResumed(if: { !inFlight.isLost(token) }) {
        try await worker.store.writeNow { [token] in try $0.release(token) }
      }
      worker.notify(.released(token))
    } catch PlanError.Code.leaseLost {
      worker.notify(.leaseLost(token))
    } catch {
      worker.notify(.trouble(error, during: "releasing plan \(token.plan)"))
    }
  }

  /// Commits the outcome; repeats it with growing pauses if the store fails and the lease is not
  /// lost, and waits while the store is suspended.
  private func report(_ outcome: HandlerOutcome) async {
    var outcome = outcome
    var pause = Duration.milliseconds(50)
    while true {
      do {
        let plan = try await worker.store.repeatingWhenResumed(if: { true }) {
          try await worker.store.writeNow { [token, outcome] transaction in
            try transaction.conclude(token, outcome)
          }
        }
        return worker.notify(.reported(plan))
      } catch PlanError.Code.leaseLost {
        return worker.notify(.leaseLost(token))
      } catch let error as PlanError {
        // A refused outcome is an error of the handler; another attempt would repeat it.
        if case .fail(let failure) = outcome, failure.code == error.failureCode {
          return worker.notify(.trouble(error, during: "reporting on plan \(token.plan)"))
        }
        outcome = .fail(Plan.Failure(refusing: error))
      } catch {
        worker.notify(.trouble(error, during: "reporting on plan \(token.plan)"))
        guard !error.endsUseOfStore, pause < worker.options.leaseFor, !inFlight.isLost(token)
        else { return }
        try? await AsyncSignal().wait(until: time.now().adding(pause), alarms)
        pause = pause * 2
      }
    }
  }
}

extension PlanTransaction {
  fileprivate func conclude(_ token: LeaseToken, _ outcome: HandlerOutcome) throws -> Plan {
    switch outcome {
    case .complete(let result): try complete(token, result: result)
    case .constrain(let reason): try constrain(token, reason: reason)
    case .fail(let failure): try fail(token, failure)
    case .spawn(let children, let schedule):
      try spawn(token, Spawn(children, schedule: schedule))
    }
  }
}

extension Error {
  /// Whether all later calls of the store fail as well, so that a retry cannot succeed.
  var endsUseOfStore: Bool {
    guard let code = (self as? StorageError)?.code else { return false }
    return [.closed, .forked, .moved, .schemaTooNew].contains(code)
  }
}
