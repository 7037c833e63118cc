import PlanDomain
import PlanStorage

/// Runs the handler of one assignment and reports its outcome.
struct AssignmentRunner: Sendable {
  let assignment: Assignment
  let run: WorkerRun

  private var token: LeaseToken { assignment.token }
  private var worker: PlanWorker { run.worker }
  private var inFlight: InFlightAssignments { run.inFlight }

  /// Runs the handler; returns the assignment that was claimed together with its outcome, if any.
  func execute() async -> Assignment? {
    defer { _ = inFlight.remove(token) }
    guard let handler = worker.handler(of: assignment.plan) else { return nil }
    // Abandoned or released while the task waited for a thread: the slot is another plan's by now.
    guard inFlight.contains(token) else {
      worker.notify(.leaseLost(token))
      return nil
    }
    worker.notify(.started(assignment))
    let context = HandlerContext(
      token: token, store: worker.store, redaction: worker.redaction
    ) { [worker, inFlight, token] message in
      worker.notify(.progress(token.plan, message))
      inFlight.note(message, of: token)
    }
    let task = Task(executorPreference: worker.scheduling.executor) {
      [assignment, telemetry = worker.store.telemetry] in
      try await telemetry.run(assignment) { try await handler(assignment, context) }
    }
    inFlight.start(task, for: token)
    let result = await task.result
    inFlight.beginReporting(token)
    return await conclude(result)
  }

  private func conclude(_ result: Result<HandlerOutcome, any Error>) async -> Assignment? {
    if inFlight.isLost(token) {
      worker.notify(.leaseLost(token))
      return nil
    }
    switch result {
    case .success(let outcome): return await report(outcome)
    case .failure where inFlight.isStopping:
      await worker.release(token)
      return nil
    case .failure(let error) where error.isSuspension:
      await releaseWhenResumed()
      return nil
    case .failure(let error as UnservedAction):
      // Before the release, so that this run does not claim it again.
      run.setPlanAside(assignment.plan.id, error)
      await releaseWhenResumed()
      return nil
    case .failure(let error): return await report(.fail(Plan.Failure(of: error, worker.redaction)))
    }
  }

  /// Gives back an attempt that failed because the store was suspended, or because its handler is
  /// that of another action: it is not counted.
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

  /// Commits the outcome, together with the claim of the next plan if that succeeds; returns the
  /// claimed assignment.
  ///
  /// Repeats it with growing pauses if the store fails and the lease is not lost, and waits while
  /// the store is suspended.
  private func report(_ outcome: HandlerOutcome) async -> Assignment? {
    var outcome = outcome
    var pause = Duration.milliseconds(50)
    var claimsNext = true
    while true {
      let claim = NextClaim(after: token, run: run)
      do {
        let plan = try await worker.store.repeatingWhenResumed(if: { true }) {
          do {
            return try await worker.store.writeNow { [token, outcome, claimsNext] transaction in
              claim.undo()
              let plan = try transaction.conclude(token, outcome)
              if claimsNext { try claim.claim(in: transaction) }
              return plan
            }
          } catch  where error.isSuspension {
            // The slot is free, and the plan can be claimed again, before the unit is repeated.
            claim.undo()
            throw error
          }
        }
        worker.notify(.reported(plan))
        return claim.take()
      } catch  where claim.hasFailed && !error.endsUseOfStore && !error.isSuspension {
        // The claim is not a part of the outcome, which is committed alone.
        claim.noteFailure(error)
        claimsNext = false
      } catch {
        claim.undo()
        claimsNext = false
        switch reaction(to: error, reporting: outcome) {
        case .end: return nil
        case .report(let failure): outcome = failure
        case .repeat:
          guard pause < worker.options.leaseFor, !inFlight.isLost(token) else { return nil }
          await wait(until: run.time.now().adding(pause))
          pause = pause * 2
        }
      }
    }
  }

  private func wait(until end: Timestamp) async {
    inFlight.pause(token, until: end)
    run.signal.raise()
    try? await AsyncSignal().wait(until: end, run.alarms)
    inFlight.pause(token, until: nil)
  }

  /// What to do after an outcome could not be committed.
  private enum Reaction {
    case end
    case report(HandlerOutcome)
    case `repeat`
  }

  private func reaction(to error: any Error, reporting outcome: HandlerOutcome) -> Reaction {
    switch error {
    case PlanError.Code.leaseLost:
      worker.notify(.leaseLost(token))
      return .end
    case let error as CompletionError:
      if let refusal = error.cause as? DocumentRefusal {
        return .report(.fail(Plan.Failure(refusing: refusal.error, worker.redaction)))
      }
      return .report(.fail(Plan.Failure(of: error.cause, worker.redaction)))
    case let error as PlanError:
      // A refused outcome is an error of the handler; another attempt would repeat it.
      if case .fail(let failure) = outcome, failure.code == error.failureCode {
        worker.notify(.trouble(error, during: "reporting on plan \(token.plan)"))
        return .end
      }
      return .report(.fail(Plan.Failure(refusing: error, worker.redaction)))
    default:
      worker.notify(.trouble(error, during: "reporting on plan \(token.plan)"))
      return error.endsUseOfStore ? .end : .repeat
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
