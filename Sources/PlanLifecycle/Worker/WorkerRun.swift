import PlanDomain
import PlanStorage

/// One run of a worker: the loop that claims plans, waits, and releases plans at the end.
final class WorkerRun: Sendable {
  let worker: PlanWorker
  private let owner: LeaseOwner
  private let actors: [ActorName]
  let inFlight = InFlightAssignments()
  private let setAside = SetAsidePlans()
  private let signal = AsyncSignal()
  private let alarms: AlarmThread
  private let renewal: LeaseRenewal
  private let unserved: UnservedActorDetector
  private let retention: TreeRetention
  private let isOver = Locked(false)

  init(worker: PlanWorker, owner: LeaseOwner) {
    self.worker = worker
    self.owner = owner
    actors = worker.handlers.keys.sorted()
    alarms = AlarmThread(time: worker.store.environment.time)
    renewal = LeaseRenewal(worker: worker, inFlight: inFlight, alarms: alarms)
    unserved = UnservedActorDetector(worker: worker)
    retention = TreeRetention(worker: worker)
  }

  private var time: any TimeSource { worker.store.environment.time }

  func stop() {
    isOver.withLock { $0 = true }
    signal.raise()
  }

  /// Runs until `stop()`; throws the `StorageError` after which the store cannot be used any more.
  func run() async throws {
    let subscriptions = subscribe()
    worker.store.serving.begin(actors)
    defer {
      worker.store.serving.end(actors)
      alarms.stop()
      withExtendedLifetime(subscriptions) {}
    }
    do {
      while !isOver.withLock({ $0 }) {
        try await signal.wait(until: try await claimWork(), alarms)
      }
    } catch {
      // Outcomes can no longer be reported, and plans can no longer be released.
      inFlight.cancelAll()
      try? await drain(for: worker.options.cancelGrace)
      throw error
    }
    try await cleanUp()
  }

  private func subscribe() -> [CommitNotifier.Subscription] {
    let served = Set(actors)
    let commits = worker.store.engine.notifier.subscribe {
      [inFlight, signal, unserved] notification in
      for token in notification.endedLeases { inFlight.fence(token) }
      let isForUs = notification.readyActors.contains(where: served.contains)
      let isForOthers = !notification.readyActors.allSatisfy(served.contains)
      if isForOthers { unserved.scheduleCheck() }
      if isForUs || isForOthers { signal.raise() }
    }
    let closing = worker.store.closing.subscribe { [signal] _ in signal.raise() }
    let resumptions = worker.store.suspension?.onResume { [signal, renewal] in
      renewal.goOn()
      signal.raise()
    }
    return [commits, closing] + [resumptions].compactMap { $0 }
  }

  /// Claims plans for the free slots and starts their handlers; returns the time of the next claim.
  ///
  /// A signal may cause an earlier claim. Throws the error after which the store cannot be used any
  /// more.
  private func claimWork() async throws -> Timestamp? {
    do {
      try await unserved.report()
      let next = try await claimAndReclaim()
      // A slot that stays free after a claim: no plan is ready.
      let isIdle = inFlight.count < worker.options.concurrency
      if isIdle { try await retention.purgeIfDue() }
      let isShared = worker.store.engine.traits.isSharedBetweenProcesses
      let poll = isShared ? time.now().adding(worker.options.pollInterval) : nil
      let purge = isIdle ? retention.next : nil
      return [next, poll, unserved.next, setAside.current(at: time.now()).next, purge]
        .compactMap { $0 }.min()
    } catch {
      if error.endsUseOfStore { throw error }
      // The end of the suspension raises the signal.
      if error.isSuspension { return nil }
      worker.notify(.trouble(error, during: "claiming"))
      return time.now().adding(worker.options.pollInterval)
    }
  }

  private func claimAndReclaim() async throws -> Timestamp? {
    while true {
      let free = worker.options.concurrency - inFlight.count
      let next: (ready: Timestamp?, expiry: Timestamp?) =
        free > 0 ? try await claim(free) : (nil, try await nextLeaseExpiry())
      // A separate unit of work, so that its failure does not roll back the claims.
      guard let expiry = next.expiry, expiry <= time.now(), try await reclaim() else {
        return [next.ready, next.expiry].compactMap { $0 }.min()
      }
    }
  }

  /// Returns the earliest expiry of a lease, without the plans that are set aside.
  private func nextLeaseExpiry() async throws -> Timestamp? {
    try await worker.store.readNow { [excluded = setAside.current(at: time.now()).ids] snapshot in
      try snapshot.nextLeaseExpiry(excluding: excluded)
    }
  }

  private func claim(_ free: Int) async throws -> (ready: Timestamp?, expiry: Timestamp?) {
    let found = try await unitOfWork {
      [owner, actors, inFlight, renewal, leaseFor = worker.options.leaseFor]
      transaction, excluded, attempt
      in
      try transaction.claimWork(
        owner: owner, actors: actors, free: free, leaseFor: leaseFor, excluding: excluded,
        tried: { attempt.plan = $0 }
      ) { token in
        // Renewal starts before the commit: if handlers block all cooperative threads, no code that
        // could start it runs after the commit.
        attempt.claimed(token)
        inFlight.insert(token)
        renewal.scheduleNext()
      }
    }
    for skipped in found.skipped { setPlanAside(skipped.id, skipped.error) }
    for assignment in found.assignments { start(assignment) }
    return (found.ready, found.expiry)
  }

  /// Reclaims expired leases; returns whether more may be expired.
  private func reclaim() async throws -> Bool {
    let batch = try await unitOfWork { transaction, excluded, attempt in
      try transaction.reclaim(limit: 100, excluding: excluded, tried: { attempt.plan = $0 })
    }
    for skipped in batch.skipped { setPlanAside(skipped.id, skipped.error) }
    return !batch.isEmpty || !batch.skipped.isEmpty
  }

  /// Runs a unit of work for several plans; sets aside a plan that makes it fail and repeats it.
  private func unitOfWork<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanTransaction, Set<Plan.ID>, BatchAttempt) throws -> R
  ) async throws -> R {
    while true {
      let attempt = BatchAttempt()
      let excluded = setAside.current(at: time.now()).ids
      do {
        return try await worker.store.writeNow { try body($0, excluded, attempt) }
      } catch {
        for token in attempt.tokens { _ = inFlight.remove(token) }
        guard let id = attempt.plan, !error.endsUseOfStore, !error.isSuspension else { throw error }
        setPlanAside(id, error)
      }
    }
  }

  private func setPlanAside(_ id: Plan.ID, _ error: any Error) {
    let until = setAside.add(id, at: time.now(), pause: worker.options.pollInterval)
    worker.notify(.setAside(id, error, until: until))
  }

  private func start(_ assignment: Assignment) {
    setAside.remove(assignment.plan.id)
    let runner = AssignmentRunner(
      assignment: assignment, worker: worker, inFlight: inFlight, alarms: alarms)
    Task { [signal] in
      await runner.run()
      signal.raise()
    }
  }

  /// Waits for handlers, then cancels them and waits again, then releases the remaining plans.
  private func cleanUp() async throws {
    try await drain(for: worker.options.grace)
    inFlight.cancelAll()
    try await drain(for: worker.options.cancelGrace)
    for token in inFlight.tokens where inFlight.remove(token) {
      await worker.release(token)
    }
  }

  private func drain(for duration: Duration) async throws {
    let deadline = time.now().adding(duration)
    while inFlight.count > 0, time.now() < deadline {
      try await signal.wait(until: deadline, alarms)
    }
  }
}

/// The progress of a unit of work for several plans, readable also when it fails.
///
/// Safe to use from any thread.
final class BatchAttempt: Sendable {
  private let state = Locked<(plan: Plan.ID?, tokens: [LeaseToken])>((nil, []))

  /// The current plan; nil before the first plan and after the last.
  var plan: Plan.ID? {
    get { state.withLock { $0.plan } }
    set { state.withLock { $0.plan = newValue } }
  }

  /// The leases that it claimed.
  var tokens: [LeaseToken] { state.withLock { $0.tokens } }

  func claimed(_ token: LeaseToken) { state.withLock { $0.tokens.append(token) } }
}

/// The result of a claim, and the times at which more plans are ready or expired.
private struct ClaimedWork: Sendable {
  var assignments: [Assignment] = []
  var skipped: [PlanBatch.Skipped] = []
  var ready: Timestamp?
  var expiry: Timestamp?
}

extension PlanTransaction {
  /// Claims ready plans, creates their assignments and reads the times of the next claim.
  ///
  /// Calls `claimed` with each lease before the unit of work is committed.
  fileprivate func claimWork(
    owner: LeaseOwner, actors: [ActorName], free: Int, leaseFor: Duration,
    excluding excluded: Set<Plan.ID>, tried: (Plan.ID?) -> Void, claimed: (LeaseToken) -> Void
  ) throws -> ClaimedWork {
    var work = ClaimedWork()
    let batch = try claim(
      owner: owner, actors: actors, limit: free, leaseFor: leaseFor, excluding: excluded,
      tried: tried
    ) { plan in
      guard let assignment = try assignment(for: plan) else { return }
      work.assignments.append(assignment)
      claimed(assignment.token)
    }
    work.skipped = batch.skipped
    let leftOut = excluded.union(batch.skipped.map(\.id))
    // With all slots in use, no plan can be claimed before a handler ends, which raises the signal.
    if batch.count < free {
      work.ready = try session.nextReadyAt(for: actors, excluding: leftOut)
    }
    work.expiry = try session.nextLeaseExpiry(excluding: leftOut)
    return work
  }
}

extension PlanWorker {
  /// Releases a plan, unless its lease has been lost; does not wait for a suspended store.
  func release(_ token: LeaseToken) async {
    do {
      _ = try await store.writeNow { transaction in try transaction.release(token) }
      notify(.released(token))
    } catch PlanError.Code.leaseLost {
      notify(.leaseLost(token))
    } catch {
      notify(.trouble(error, during: "releasing plan \(token.plan)"))
    }
  }
}
