import PlanDomain

/// One assignment in hand: runs the handler, keeps the lease, reports the outcome.
struct Job: Sendable {
  let assignment: Assignment
  let worker: PlanWorker
  let bench: Bench

  private var token: LeaseToken { assignment.token }
  private var time: any TimeSource { worker.store.surroundings.time }

  func run() async {
    guard let handler = worker.handlers[assignment.plan.actor] else { return }
    worker.tell(.started(assignment))
    let context = HandlerContext(token: token, store: worker.store, tell: worker.tell)
    let work = Task { [assignment] in try await handler(assignment, context) }
    bench.start(work, for: token)
    let renewal = Task { await keepLease() }
    let result = await work.result
    renewal.cancel()
    await conclude(result)
    _ = bench.remove(token)
  }

  /// Renews the lease again and again, until it is lost or the task is cancelled.
  private func keepLease() async {
    let third = worker.options.leaseFor / 3
    while (try? await time.sleep(until: time.now().adding(third))) != nil {
      do {
        try await worker.store.write { [token, leaseFor = worker.options.leaseFor] work in
          _ = try work.renew(token, leaseFor: leaseFor)
        }
      } catch let error as PlanError {
        // Whatever the plan is now, it is no longer ours: the next epoch fences this one off.
        worker.tell(.trouble(error, during: "renewing the lease of plan \(token.plan)"))
        bench.fence(LeaseToken(plan: token.plan, epoch: token.epoch + 1))
        return
      } catch is CancellationError {
        return
      } catch {
        worker.tell(.trouble(error, during: "renewing the lease of plan \(token.plan)"))
      }
    }
  }

  private func conclude(_ result: Result<Outcome, any Error>) async {
    if bench.isLost(token) { return worker.tell(.leaseLost(token)) }
    switch result {
    case .success(let outcome): await report(outcome)
    case .failure where bench.isStopping: await worker.giveBack(token)
    case .failure(let error): await report(.fail(Failure(of: error)))
    }
  }

  /// Commits the outcome; while the store fails, again after a pause, as long as the lease holds.
  private func report(_ outcome: Outcome) async {
    var outcome = outcome
    var pause = Duration.milliseconds(50)
    while true {
      do {
        let plan = try await worker.store.write { [token, outcome] work in
          try work.conclude(token, outcome)
        }
        return worker.tell(.reported(plan))
      } catch PlanError.leaseLost {
        return worker.tell(.leaseLost(token))
      } catch let error as PlanError {
        // An outcome that cannot be is a fault of the handler: another attempt would repeat it.
        if case .fail(let failure) = outcome, failure.code == error.failureCode {
          return worker.tell(.trouble(error, during: "reporting on plan \(token.plan)"))
        }
        outcome = .fail(Failure(refusing: error))
      } catch {
        worker.tell(.trouble(error, during: "reporting on plan \(token.plan)"))
        guard pause < worker.options.leaseFor, !bench.isLost(token) else { return }
        try? await time.sleep(until: time.now().adding(pause))
        pause = pause * 2
      }
    }
  }
}

extension PlanWork {
  fileprivate func conclude(_ token: LeaseToken, _ outcome: Outcome) throws -> Plan {
    switch outcome {
    case .complete(let result): try complete(token, result: result)
    case .constrain(let reason): try constrain(token, reason: reason)
    case .fail(let failure): try fail(token, failure)
    case .spawn(let children, let schedule):
      try spawn(token, Spawn(children, schedule: schedule))
    }
  }
}
