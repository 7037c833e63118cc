import PlanDomain
import PlanLifecycle
import PlanStorage
import PlanStorageContract

/// One run of a scenario: workers, their store and their clock, all on the calling thread, in the
/// order that a list of deviations says.
///
/// A task runs until it waits: no other one runs between two `await`s. A unit of work, its outcome's
/// arrival and the alarms are moves of their own, so whatever happens between them on several threads
/// can happen here too.
final class WorkerSimulation {
  /// The number of moves after which a run counts as endless.
  private static let longest = 2_000
  private static let probed: ActionName = "explorer/probe"
  static let action: ActionName = "explorer/work"

  let scenario: WorkerScenario
  let notes = WorkerNotes()
  let store: ScheduledStore
  let jobs: JobQueue
  /// The number of moves that were possible at each step that the schedule decides.
  private(set) var options: [Int] = []
  /// What is wrong, in words.
  private(set) var problems: [String] = []
  private(set) var isClosed = false
  private let mutant: WorkerMutant?
  private let deviations: [Int: Int]
  private let time = ScheduledTime()
  private let gates = HandlerGates()
  private let hung = HandlerGates()
  private let service: PlanLifecycleService
  private var workers: [PlanWorker] = []
  private var hosts: [Task<Void, Never>] = []
  private var events: [WorkerScenario.Event]
  private var faults: Int
  private var delays: Int
  private var steps = 0
  private var isStopped = false

  init(_ scenario: WorkerScenario, _ deviations: [Deviation], mutant: WorkerMutant?) {
    self.scenario = scenario
    self.mutant = mutant
    self.deviations = Dictionary(deviations.map { ($0.step, $0.option) }) { $1 }
    jobs = JobQueue(forgetting: mutant?.forgottenJob)
    store = ScheduledStore(mutant)
    events = scenario.events
    faults = scenario.faults
    delays = scenario.delays
    service = PlanLifecycleService(
      engine: store,
      environment: PlanEnvironment(
        time: time, ids: ULIDGenerator(randomness: SeededGenerator(seed: 1)), jitter: { 1 }))
  }

  /// Runs the scenario to its end, and checks what must hold then.
  func run() throws {
    try begin()
    goOn(isExploring: true)
    if !isStopped {
      try checkIdleness()
      try probe()
      for worker in workers { worker.stop() }
    }
    goOn()
    try checkEnd()
    while hung.count > 0 {
      hung.open(0)
      goOn()
    }
    problems += try WorkerRules.problems(of: self)
  }

  private func begin() throws {
    let (work, probe) = (try scenario.plan.definition(Self.action), PlanShape(.manual))
    try service.writeBlocking { [plans = scenario.plans] transaction in
      try transaction.register(work)
      try transaction.register(try probe.definition(Self.probed))
      for _ in 0..<plans { _ = try transaction.use(PlanUse(action: Self.action)) }
    }
    let first = try plans().first?.id
    for number in 0..<scenario.workers {
      let worker = PlanWorker(
        store: service, name: "worker-\(number + 1)",
        handlers: [Shape.actor: handler(number, first)], options: try scenario.options(),
        scheduling: WorkerScheduling(executor: jobs) { [time] alarms in
          time.add(alarms)
          return true
        },
        report: { [notes, mutant] report in
          notes.add(.report(worker: number, report))
          guard mutant?.reportsTwice == true, case .reported = report else { return }
          notes.add(.report(worker: number, report))
        })
      workers.append(worker)
      let host = Task(executorPreference: jobs) { [notes] in
        do {
          try await worker.run()
          notes.add(.ended(worker: number, nil))
        } catch { notes.add(.ended(worker: number, error)) }
      }
      hosts.append(host)
    }
  }

  private func handler(_ worker: Int, _ first: Plan.ID?) -> PlanHandler {
    { [scenario, gates, hung, notes] assignment, _ in
      defer { notes.add(.returned(worker: worker, assignment.token)) }
      let isFirst = assignment.plan.id == first
      let waiting = scenario.handler == .hangs && isFirst ? hung : gates
      let listens = ![.isDeaf, .hangs].contains(scenario.handler)
      await waiting.pass(assignment.token, listens: listens)
      if listens { try Task.checkCancellation() }
      return try scenario.outcome(of: assignment)
    }
  }

  /// The plans, oldest first.
  func plans() throws -> [Plan] {
    try store.contents { session in
      try session.plans(matching: PlanQuery(order: .oldestFirst, limit: .largest)).rows
    }
  }
}

/// The moves.
extension WorkerSimulation {
  /// Takes moves until none is left, those that the deviations say while the schedule decides.
  private func goOn(isExploring: Bool = false, holdsHandlers: Bool = false) {
    while steps < Self.longest {
      checkQuietness()
      let moves = moves(isExploring: isExploring, holdsHandlers: holdsHandlers)
      guard !moves.isEmpty else { return }
      var option = 0
      if isExploring {
        option = min(deviations[options.count] ?? 0, moves.count - 1)
        options.append(moves.count)
      }
      steps += 1
      take(moves[option])
    }
    problems.append("it does not come to rest within \(Self.longest) moves")
  }

  /// The moves that are possible, the usual one first: what can go on goes on, oldest first, then
  /// units of work, then alarms; handlers and the clock come last.
  private func moves(isExploring: Bool, holdsHandlers: Bool) -> [WorkerMove] {
    var moves = (0..<jobs.count).map { WorkerMove.task($0) }
    moves += (0..<store.pending).map { .unit($0, .commits) }
    if mutant?.runsAlarms != false { moves += time.due.indices.map { .alarms($0) } }
    if holdsHandlers { return moves }
    let events = isExploring ? events.map { WorkerMove.event($0) } : []
    if scenario.hasEarlyEvents { moves += events }
    let isDelayed = isExploring && delays > 0 && gates.count > 0
    let clock: [WorkerMove] = time.next == nil ? [] : [.time]
    if isDelayed { moves += clock }
    moves += (0..<gates.count).map { .handler($0) }
    if !scenario.hasEarlyEvents { moves += events }
    if !isDelayed { moves += clock }
    guard isExploring, faults > 0 else { return moves }
    for number in 0..<store.pending {
      moves += ScheduledStore.Answer.failures.map { .unit(number, $0) }
    }
    return moves + time.due.indices.map { .alarms($0, isFailing: true) }
  }

  private func take(_ move: WorkerMove) {
    notes.add(.move(move))
    if move.isFault { faults -= 1 }
    switch move {
    case .task(let number): jobs.run(number)
    case .unit(let number, let answer): store.run(number, answer)
    case .alarms(let number, let isFailing):
      store.setFailing(isFailing)
      time.run(time.due[number])
      store.setFailing(false)
    case .handler(let number): gates.open(number)
    case .event(let event):
      events.removeAll { $0 == event }
      happen(event)
    case .time:
      delays -= 1
      if let next = time.next { time.set(next) }
    }
  }

  private func happen(_ event: WorkerScenario.Event) {
    let id = try? plans().first?.id
    switch event {
    case .use: _ = try? service.writeBlocking { _ = try $0.use(PlanUse(action: Self.action)) }
    case .cancel: if let id { _ = try? service.writeBlocking { try $0.cancel(id, reason: "no") } }
    case .evict: if let id { _ = try? service.writeBlocking { try $0.evict(id, reason: "no") } }
    case .stop:
      isStopped = true
      for host in hosts { host.cancel() }
    case .close:
      (isStopped, isClosed) = (true, true)
      try? service.close()
    }
  }
}

/// What must hold when nothing is left to do.
extension WorkerSimulation {
  /// While nothing goes on but handlers, no slot is free for a plan that is due, no lease is past its
  /// end, and no handler goes on after its lease was lost.
  private func checkQuietness() {
    let isQuiet = jobs.count == 0 && store.pending == 0 && time.due.isEmpty
    guard isQuiet, !isStopped, faults == scenario.faults, problems.isEmpty else { return }
    let (now, running) = (time.now(), gates.count + hung.count)
    let uncancelled = gates.uncancelled + hung.uncancelled
    for plan in (try? plans()) ?? [] {
      if plan.isDue(at: now), running < scenario.slots * scenario.workers {
        problems.append("\(plan.id) is ready, a slot is free, and no worker claims it")
      }
      if let lease = plan.progress.lease, lease.expiresAt <= now {
        problems.append("the lease of \(plan.id) has expired, and no worker ends it")
      }
      for token in uncancelled where token.plan == plan.id && token.epoch < plan.progress.epoch {
        problems.append("the lease \(token.summary) is lost, and its handler is not cancelled")
      }
    }
  }

  /// When the runs have ended, they have left nothing behind.
  private func checkEnd() throws {
    if isClosed || faults < scenario.faults { return }
    for plan in try plans() where plan.status.state == .processing {
      problems.append("\(plan.id) is leased by a worker that has ended")
    }
    for token in gates.uncancelled + hung.uncancelled {
      problems.append("the handler of \(token.summary) goes on and was not cancelled")
    }
  }

  private func checkIdleness() throws {
    for plan in try plans() {
      if plan.status.state == .processing {
        problems.append("\(plan.id) is leased, and nobody works on it")
      } else if plan.status.state == .queued, plan.progress.readyAt != nil {
        problems.append("\(plan.id) is ready or will be, and no worker will claim it")
      }
    }
  }

  /// Fills every slot with a handler that waits.
  private func probe() throws {
    guard problems.isEmpty else { return }
    let slots = scenario.slots * scenario.workers
    try service.writeBlocking { transaction in
      for _ in 0..<slots { _ = try transaction.use(PlanUse(action: Self.probed)) }
    }
    goOn(holdsHandlers: true)
    if gates.count != slots {
      problems.append("\(gates.count) of \(slots) slots are free when nothing is left to do")
    }
    goOn()
    try checkIdleness()
  }
}

extension WorkerScenario {
  /// What a handler returns for this assignment.
  fileprivate func outcome(of assignment: Assignment) throws -> HandlerOutcome {
    let isRoot = assignment.plan.definition.position == nil
    guard isRoot, assignment.plan.definition.action.name == WorkerSimulation.action else {
      return .complete(.null)
    }
    switch handler {
    case .completes, .isDeaf, .hangs: return .complete(.null)
    case .failsFirst:
      guard assignment.attempt == 1 else { return .complete(.null) }
      return .fail(try Plan.Failure(code: "failed", message: "it failed", isRetryable: true))
    case .postponesFirst:
      return assignment.plan.progress.epoch == 1
        ? .postpone(by: .seconds(5)) : .complete(.null)
    case .spawns:
      guard assignment.phase == .execute, assignment.children.isEmpty else {
        return .complete(.null)
      }
      return .spawn([ChildSpec(key: "a", action: WorkerSimulation.action)], .standard)
    }
  }
}
