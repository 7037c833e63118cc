import PlanDomain
import PlanStorage

/// One run of a worker: the loop that claims, waits and, at the end, cleans up.
final class Shift: Sendable {
  private let worker: PlanWorker
  private let owner: Owner
  private let actors: [ActorName]
  private let bench = Bench()
  private let wake = Wake()
  private let isOver = Guarded(false)

  init(worker: PlanWorker, owner: Owner) {
    self.worker = worker
    self.owner = owner
    actors = worker.handlers.keys.sorted()
  }

  private var time: any TimeSource { worker.store.surroundings.time }

  func stop() {
    isOver.withLock { $0 = true }
    wake.signal()
  }

  func run() async {
    let served = Set(actors)
    let subscription = worker.store.engine.announcer.subscribe { [bench, wake] announcement in
      for token in announcement.fenced { bench.fence(token) }
      if announcement.readyFor.contains(where: served.contains) { wake.signal() }
    }
    defer { withExtendedLifetime(subscription) {} }
    while !isOver.withLock({ $0 }) {
      await wait(until: await takeWork())
    }
    await cleanUp()
  }

  /// Claims what there are free slots for and starts it; when to look again without being woken.
  private func takeWork() async -> Timestamp? {
    do {
      let free = worker.options.concurrency - bench.count
      let found = try await worker.store.write { [owner, actors, options = worker.options] work in
        try work.takeUp(owner: owner, actors: actors, free: free, leaseFor: options.leaseFor)
      }
      for assignment in found.assignments { start(assignment) }
      let poll = worker.store.engine.traits.isSharedBetweenProcesses
      return [found.next, poll ? time.now().adding(worker.options.pollInterval) : nil]
        .compactMap { $0 }.min()
    } catch {
      worker.tell(.trouble(error, during: "claiming"))
      return time.now().adding(worker.options.pollInterval)
    }
  }

  private func start(_ assignment: Assignment) {
    bench.put(assignment.token)
    let job = Job(assignment: assignment, worker: worker, bench: bench)
    Task { [wake] in
      await job.run()
      wake.signal()
    }
  }

  /// Waits to be woken, at the latest at this time.
  private func wait(until time: Timestamp?) async {
    let alarm = time.map { time in
      Task { [wake, clock = self.time] in
        try await clock.sleep(until: time)
        wake.signal()
      }
    }
    await wake.wait()
    alarm?.cancel()
  }

  /// Lets handlers finish, then cancels them, then gives back what is left.
  private func cleanUp() async {
    await drain(for: worker.options.grace)
    bench.cancelAll()
    await drain(for: worker.options.cancelGrace)
    for token in bench.tokens where bench.remove(token) {
      await worker.giveBack(token)
    }
  }

  private func drain(for duration: Duration) async {
    let deadline = time.now().adding(duration)
    while bench.count > 0, time.now() < deadline { await wait(until: deadline) }
  }
}

extension PlanWork {
  /// Takes expired leases away, claims what is ready, and says when more may be.
  fileprivate func takeUp(
    owner: Owner, actors: [ActorName], free: Int, leaseFor: Duration
  ) throws -> (assignments: [Assignment], next: Timestamp?) {
    try reclaim(limit: 100)
    guard free > 0 else { return ([], try session.nextLeaseExpiry()) }
    let claimed = try claim(owner: owner, actors: actors, limit: free, leaseFor: leaseFor)
    let assignments = try claimed.compactMap { try assignment(for: $0) }
    // With every slot taken nothing can be claimed before one is free, and that wakes us too.
    let ready = claimed.count < free ? try session.nextReadyAt(for: actors) : nil
    return (assignments, [try session.nextLeaseExpiry(), ready].compactMap { $0 }.min())
  }
}

extension PlanWorker {
  /// Gives a plan back; a lease that was lost meanwhile needs no giving back.
  func giveBack(_ token: LeaseToken) async {
    do {
      try await store.write { work in _ = try work.release(token) }
      tell(.released(token))
    } catch PlanError.leaseLost {
      tell(.leaseLost(token))
    } catch {
      tell(.trouble(error, during: "releasing plan \(token.plan)"))
    }
  }
}
