import PlanDomain
import PlanLifecycle
import PlanStorage
import PlanStorageContract

/// What must hold at the end of a run of workers: of their reports, of history and of the store.
struct WorkerRules {
  /// What was reported of one lease.
  private struct Reports {
    var started = 0
    var reported = 0
    var released = 0
    var lost = 0
  }

  /// How an attempt ended in history.
  private enum Ending: String {
    case outcome = "an outcome"
    case release = "a release"
    case takenAway = "a command of others"
    case nothing
  }

  private let notes: [WorkerNote]
  private let histories: [Plan.ID: [PlanEvent]]
  private let slots: Int
  private let isClosed: Bool
  private var reports: [LeaseToken: Reports] = [:]
  private var troubles = 0
  private var problems: [String] = []

  /// The rules that the run broke, in words.
  static func problems(of run: WorkerSimulation) throws -> [String] {
    let events = try run.store.contents { session in
      try session.events(after: EventCursor(position: 0), limit: 10_000).map(\.event)
    }
    var rules = WorkerRules(
      notes: run.notes.all, histories: Dictionary(grouping: events, by: \.plan),
      slots: run.scenario.slots, isClosed: run.isClosed)
    rules.checkEnds(of: run.scenario.workers)
    rules.count()
    rules.checkSlots()
    for events in rules.histories.values { rules.checkAttempts(events) }
    if run.jobs.hasEscaped { rules.problems.append("a task was resumed on another thread") }
    let found = try run.store.contents { try StoreCheck.problems(in: $0) }
    return rules.problems + found.map { "\($0)" }
  }

  private init(
    notes: [WorkerNote], histories: [Plan.ID: [PlanEvent]], slots: Int, isClosed: Bool
  ) {
    self.notes = notes
    self.histories = histories
    self.slots = slots
    self.isClosed = isClosed
  }

  private mutating func require(_ isKept: Bool, _ rule: @autoclosure () -> String) {
    if !isKept { problems.append(rule()) }
  }

  private mutating func checkEnds(of workers: Int) {
    for worker in 0..<workers {
      let ends = notes.compactMap { note -> (any Error)?? in
        if case .ended(worker, let error) = note { .some(error) } else { nil }
      }
      require(ends.count == 1, "the run of worker \(worker + 1) ended \(ends.count) times")
      for case let error? in ends {
        let isExpected = isClosed && StorageError.Code.closed ~= error
        require(isExpected, "the run of worker \(worker + 1) failed: \(error)")
      }
    }
  }

  private mutating func count() {
    for case .report(_, let report) in notes {
      switch report {
      case .started(let assignment): reports[assignment.token, default: Reports()].started += 1
      case .reported(let plan):
        guard let token = token(of: plan) else {
          problems.append("an outcome of \(plan.id) was reported that is not in its history")
          continue
        }
        reports[token, default: Reports()].reported += 1
      case .released(let token): reports[token, default: Reports()].released += 1
      case .leaseLost(let token): reports[token, default: Reports()].lost += 1
      case .trouble: troubles += 1
      default: break
      }
    }
    let claimed = Set(histories.values.joined().filter { $0.command == .claim }.map(\.token))
    for token in reports.keys where !claimed.contains(token) {
      problems.append("\(token.summary) was reported and never claimed")
    }
  }

  /// The lease under which the plan came to be what was reported.
  private func token(of plan: Plan) -> LeaseToken? {
    let event = histories[plan.id]?.first { $0.sequence == plan.version }
    return event.map { event in
      // Giving an attempt back counts the epoch.
      LeaseToken(plan: plan.id, epoch: event.epoch - (event.command == .release ? 1 : 0))
    }
  }

  /// No worker runs more handlers at a time than it has slots, those that it has left behind apart,
  /// nor claims plans after it was stopped.
  private mutating func checkSlots() {
    var running: [Int: Set<LeaseToken>] = [:]
    var late: [Int: Int]?
    for note in notes {
      switch note {
      case .report(let worker, .started(let assignment)):
        running[worker, default: []].insert(assignment.token)
        late?[worker, default: 0] += 1
        let (count, slots) = (running[worker]?.count ?? 0, slots)
        require(count <= slots, "worker \(worker + 1) runs \(count) handlers in \(slots) slots")
      case .report(let worker, .abandoned(let token)), .returned(let worker, let token):
        running[worker]?.remove(token)
      case .move(.event(.stop)): late = [:]
      default: break
      }
    }
    // Those of claims that were under way.
    for (worker, count) in late ?? [:] where count > slots {
      problems.append("worker \(worker + 1) started \(count) handlers after it was stopped")
    }
  }

  /// Each attempt is started once, and its end is reported once as it was.
  private mutating func checkAttempts(_ events: [PlanEvent]) {
    for (index, claim) in events.enumerated() where claim.command == .claim {
      let (token, end) = (claim.token, ending(events[(index + 1)...]))
      let seen = reports[token] ?? Reports()
      let name = "the attempt \(token.summary), ended by \(end.rawValue),"
      // One whose lease has ended before its task goes on is not started.
      let mayBeLeftOut = end == .takenAway || end == .release
      let isStarted = seen.started == 1 || seen.started == 0 && mayBeLeftOut
      require(isStarted, "\(name) was started \(seen.started) times")
      require(
        seen.reported == (end == .outcome ? 1 : 0),
        "\(name) had its outcome reported \(seen.reported) times")
      require(
        seen.released == (end == .release ? 1 : 0),
        "\(name) was reported as released \(seen.released) times")
      switch end {
      case .outcome: require(seen.lost == 0, "\(name) was reported as lost")
      // A handler that returns after its plan was released is told so.
      case .release: require(seen.lost <= 1, "\(name) was reported as lost \(seen.lost) times")
      case .takenAway: require(seen.lost == 1, "\(name) was reported as lost \(seen.lost) times")
      case .nothing:
        require(isClosed || troubles > 0, "\(name) was left behind without a report of trouble")
      }
    }
  }

  private func ending(_ events: ArraySlice<PlanEvent>) -> Ending {
    for event in events {
      switch event.command {
      case .complete, .constrain, .fail, .spawn: return .outcome
      case .release: return event.detail == nil ? .release : .outcome
      case .reclaim, .evict, .cancel: return .takenAway
      default: break
      }
    }
    return .nothing
  }
}

extension PlanEvent {
  /// The lease that a claim gave.
  fileprivate var token: LeaseToken { LeaseToken(plan: plan, epoch: epoch) }
}
