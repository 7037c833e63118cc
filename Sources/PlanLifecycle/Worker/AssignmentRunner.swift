import PlanDomain
import PlanStorage

/// Runs the handler of one assignment and reports its outcome.
struct AssignmentRunner: Sendable {
  let assignment: Assignment
  let worker: PlanWorker
  let inFlight: InFlightAssignments
  let alarms: AlarmThread
  /// The signal of the worker's run.
  let signal: AsyncSignal

  private var token: LeaseToken { assignment.token }
  private var time: any TimeSource { worker.store.environment.time }

  func run() async {
    defer { _ = inFlight.remove(token) }
    guard let handler = worker.handlers[assignment.plan.actor] else { return }
    worker.notify(.started(assignment))
    let context = HandlerContext(token: token, store: worker.store, notify: worker.notify)
    let task = Task { [assignment, telemetry = worker.store.telemetry] in
      try await telemetry.run(assignment) { try await handler(assignment, context) }
    }
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
    case .failure(let error): await report(.fail(Plan.Failure(of: error)))
    }
  }

  /// Commits the outcome; repeats it with growing pauses if the store fails and the lease is not
  /// lost.
  private func report(_ outcome: HandlerOutcome) async {
    var outcome = outcome
    var pause = Duration.milliseconds(50)
    while true {
      do {
        let plan = try await worker.store.write { [token, outcome] transaction in
          try transaction.conclude(token, outcome)
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
        await wait(until: time.now().adding(pause))
        pause = pause * 2
      }
    }
  }

  private func wait(until end: Timestamp) async {
    inFlight.pause(token, until: end)
    signal.raise()
    try? await AsyncSignal().wait(until: end, alarms)
    inFlight.pause(token, until: nil)
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
