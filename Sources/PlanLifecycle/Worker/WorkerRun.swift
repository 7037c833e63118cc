import PlanDomain
import PlanStorage

/// One run of a worker: the loop that claims plans, waits, and releases plans at the end.
final class WorkerRun: Sendable {
  let worker: PlanWorker
  let owner: LeaseOwner
  let actors: [ActorName]
  let inFlight = InFlightAssignments()
  let setAside = SetAsidePlans()
  let unservedPlans = UnservedPlans()
  let signal = AsyncSignal()
  let alarms: AlarmThread
  private let lost: LostLeases
  let renewal: LeaseRenewal
  let timeouts: AttemptTimeouts
  private let unserved: UnservedActorDetector
  private let retention: TreeRetention
  private let hasStopped = Locked(false)

  init(worker: PlanWorker, owner: LeaseOwner) {
    self.worker = worker
    self.owner = owner
    actors = worker.code.keys.sorted()
    alarms = AlarmThread(
      time: worker.store.environment.time, start: worker.scheduling.startAlarms)
    lost = LostLeases(worker: worker, inFlight: inFlight, alarms: alarms, signal: signal)
    renewal = LeaseRenewal(worker: worker, inFlight: inFlight, alarms: alarms, lost: lost)
    timeouts = AttemptTimeouts(worker: worker, inFlight: inFlight, alarms: alarms, lost: lost)
    unserved = UnservedActorDetector(worker: worker)
    retention = TreeRetention(worker: worker)
  }

  var time: any TimeSource { worker.store.environment.time }
  /// Whether the run ends, so that it claims no more plans.
  var isOver: Bool { hasStopped.withLock { $0 } }

  func stop() {
    hasStopped.withLock { $0 = true }
    signal.raise()
  }

  /// Runs until `stop()`; throws the `StorageError` after which the store cannot be used any more.
  func run() async throws {
    try await serve {
      try await signal.wait(until: nextCheck(after: try await claimWork()), alarms)
    } end: {
      try await cleanUp()
    }
  }

  /// Repeats `step` until `stop()`, then runs `end`; throws the `StorageError` after which the store
  /// cannot be used any more.
  func serve(_ step: () async throws -> Void, end: () async throws -> Void) async throws {
    let subscriptions = subscribe()
    worker.store.serving.begin(actors)
    defer {
      worker.store.serving.end(actors)
      alarms.stop()
      withExtendedLifetime(subscriptions) {}
    }
    do {
      while !isOver { try await step() }
    } catch {
      // Outcomes can no longer be reported, and plans can no longer be released.
      inFlight.cancelAll()
      try? await drain(for: worker.options.cancelGrace)
      throw error
    }
    try await end()
  }

  private func subscribe() -> [CommitNotifier.Subscription] {
    let served = Set(actors)
    let commits = worker.store.engine.notifier.subscribe {
      [lost, inFlight, signal, unserved, slots = worker.options.concurrency] notification in
      lost.fence(notification.endedLeases)
      let isForUs = notification.readyActors.contains(where: served.contains)
      let isForOthers = !notification.readyActors.allSatisfy(served.contains)
      if isForOthers { unserved.scheduleCheck() }
      // With all slots in use there is nothing to claim: the code that frees a slot claims the next
      // plan or raises the signal.
      if isForUs && inFlight.count < slots || isForOthers { signal.raise() }
    }
    let closing = worker.store.closing.subscribe { [signal] _ in signal.raise() }
    let resumptions = worker.store.suspension?.onResume { [signal, renewal] in
      renewal.goOn()
      signal.raise()
    }
    return [commits, closing] + [resumptions].compactMap { $0 }
  }

  /// Claims plans for the free slots and starts their handlers; returns the times of the next claim.
  ///
  /// Throws the error after which the store cannot be used any more.
  func claimWork() async throws -> NextWork {
    do {
      try await unserved.report()
      var next = try await claimAndReclaim()
      // A slot that stays free after a claim: no plan is ready.
      if inFlight.count < worker.options.concurrency {
        try await retention.purgeIfDue()
        next.purge = retention.next
      }
      return next
    } catch {
      if error.endsUseOfStore { throw error }
      // The end of the suspension raises the signal.
      if error.isSuspension { return NextWork(isSuspended: true) }
      worker.notify(.trouble(error, during: "claiming"))
      return NextWork(retry: time.now().adding(worker.options.pollInterval))
    }
  }

  /// Returns the time of the next claim; a signal may cause an earlier one.
  private func nextCheck(after next: NextWork) -> Timestamp? {
    if next.isSuspended { return nil }
    let isShared = worker.store.engine.traits.isSharedBetweenProcesses
    let poll = isShared ? time.now().adding(worker.options.pollInterval) : nil
    return [next.earliest, next.unserved, next.purge, poll, unserved.next].compactMap { $0 }.min()
  }

  private func claimAndReclaim() async throws -> NextWork {
    var hasClaimed = false
    while true {
      // Before the look: a pause that ends during it left its plan out, and must be found below.
      let began = time.now()
      var next = try await claimOrLook()
      hasClaimed = hasClaimed || next.hasClaimed
      // A separate unit of work, so that its failure does not roll back the claims.
      guard let expiry = next.expiry, expiry <= time.now(), try await reclaim() else {
        next.hasClaimed = hasClaimed
        next.retry = setAside.current(at: began).next
        next.unserved = unservedPlans.next(at: began)
        return next
      }
    }
  }

  /// Claims plans for the free slots; with all slots in use, only reads when a lease expires.
  private func claimOrLook() async throws -> NextWork {
    let free = worker.options.concurrency - inFlight.count
    if free > 0 { return try await claim(free) }
    let excluded = setAside.current(at: time.now()).ids
    return try await worker.store.readNow { snapshot in
      NextWork(expiry: try snapshot.nextLeaseExpiry(excluding: excluded))
    }
  }

  private func claim(_ free: Int) async throws -> NextWork {
    let found = try await unitOfWork { [self] transaction, excluded, attempt in
      try transaction.claimWork(
        for: self, free: free, excluding: excluded, tried: { attempt.plan = $0 }
      ) { assignment in
        // Renewal starts before the commit: if handlers block all cooperative threads, no code that
        // could start it runs after the commit.
        attempt.claimed(inFlight.insert(assignment.token, end: assignment.end))
        renewal.scheduleNext()
        timeouts.schedule(assignment.end)
      }
    }
    for skipped in found.skipped { setPlanAside(skipped.id, skipped.error) }
    if !found.assignments.isEmpty { worker.store.telemetry.plansClaimed?(found.assignments.count) }
    for assignment in found.assignments { start(assignment) }
    var next = found.next
    next.hasClaimed = !found.assignments.isEmpty
    return next
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
        return try await worker.store.writeNow { [inFlight] transaction in
          // The engine may run the body again after a rollback.
          attempt.takeInsertions().forEach { inFlight.undo($0) }
          return try body(transaction, excluded, attempt)
        }
      } catch {
        attempt.takeInsertions().forEach { inFlight.undo($0) }
        guard let id = attempt.plan, !error.endsUseOfStore, !error.isSuspension else { throw error }
        setPlanAside(id, error)
      }
    }
  }

  /// Leaves a plan out for a while, because it failed or because it is left to other workers.
  func setPlanAside(_ id: Plan.ID, _ error: any Error) {
    if let unserved = error as? UnservedAction { return leave(id, unserved) }
    if error is DeclinedPlan {
      let pause = worker.options.pollInterval
      return unservedPlans.addDeclined(id, at: time.now(), pause: pause)
    }
    let until = setAside.add(id, at: time.now(), pause: worker.options.pollInterval)
    worker.notify(.setAside(id, error, until: until))
  }

  private func leave(_ id: Plan.ID, _ unserved: UnservedAction) {
    let isNew = unservedPlans.add(
      id, of: unserved.action, at: time.now(), pause: worker.options.pollInterval)
    if isNew { worker.notify(.unservedAction(unserved.action, actor: unserved.actor)) }
  }

  /// Executes an assignment, and then those that are claimed together with its outcome and so on.
  private func start(_ assignment: Assignment) {
    setAside.remove(assignment.plan.id)
    Task(executorPreference: worker.scheduling.executor) { [self] in
      var next: Assignment? = assignment
      while let assignment = next {
        next = await AssignmentRunner(assignment: assignment, run: self).execute()
      }
      signal.raise()
    }
  }

  /// Waits for handlers, then cancels them and waits again, then releases the remaining plans.
  private func cleanUp() async throws {
    try await drain(for: worker.options.grace)
    inFlight.cancelAll()
    try await drain(for: worker.options.cancelGrace)
    await releaseAll()
  }

  /// Releases the plans whose handlers have not returned, and leaves the handlers behind.
  func releaseAll() async {
    lost.abandonAll()
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
  private typealias Insertion = InFlightAssignments.Insertion
  private let state = Locked<(plan: Plan.ID?, insertions: [Insertion])>((nil, []))

  /// The current plan; nil before the first plan and after the last.
  var plan: Plan.ID? {
    get { state.withLock { $0.plan } }
    set { state.withLock { $0.plan = newValue } }
  }

  /// Returns the assignments that it claimed, once.
  func takeInsertions() -> [InFlightAssignments.Insertion] {
    state.withLock { state in
      defer { state.insertions = [] }
      return state.insertions
    }
  }

  func claimed(_ insertion: InFlightAssignments.Insertion) {
    state.withLock { $0.insertions.append(insertion) }
  }
}

/// The result of a claim.
private struct ClaimedWork: Sendable {
  var assignments: [Assignment] = []
  var skipped: [PlanBatch.Skipped] = []
  var next = NextWork()
}

extension PlanTransaction {
  /// Claims ready plans, creates their assignments and reads the times of the next claim.
  ///
  /// Calls `claimed` with each assignment before the unit of work is committed.
  fileprivate func claimWork(
    for run: WorkerRun, free: Int, excluding excluded: Set<Plan.ID>, tried: (Plan.ID?) -> Void,
    claimed: (Assignment) -> Void
  ) throws -> ClaimedWork {
    var work = ClaimedWork()
    let unserved = run.unservedPlans.ids(at: now)
    let batch = try claim(
      for: run, limit: free, excluding: excluded.union(unserved), tried: tried
    ) { plan in
      guard let assignment = try assignment(for: plan) else { return }
      work.assignments.append(assignment)
      claimed(assignment)
    }
    work.skipped = batch.skipped
    let leftOut = excluded.union(batch.skipped.map(\.id))
    // With all slots in use, no plan can be claimed before a handler ends, which raises the signal.
    if batch.count < free {
      work.next.ready = try session.nextReadyAt(
        for: run.actors, excluding: leftOut.union(unserved))
    }
    // Another worker may lose the lease of a plan that this one left to it.
    work.next.expiry = try session.nextLeaseExpiry(excluding: leftOut)
    return work
  }

  /// Claims plans for which a run of a worker has code.
  func claim(
    for run: WorkerRun, limit: Int, excluding excluded: Set<Plan.ID>, tried: (Plan.ID?) -> Void,
    then: (Plan) throws -> Void
  ) throws -> PlanBatch {
    try claim(
      owner: run.owner, actors: run.actors, limit: limit, leaseFor: run.worker.options.leaseFor,
      excluding: excluded, check: run.worker.checkServes, tried: tried, then: then)
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
