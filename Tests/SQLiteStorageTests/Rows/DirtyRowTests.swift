import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("The row of a plan that a unit of work changes", .dedicatedThread)
struct DirtyRowTests {
  private static let now = Timestamp(microseconds: 2_000)

  /// Claims a plan, or completes its phase if it is claimed.
  private static func claimOrComplete(_ number: UInt64, in work: any UnitOfWork) throws {
    let plan = try #require(try work.plan(Plan.ID(ULID(high: 1, low: number))))
    let command: PlanCommand =
      if let token = plan.leaseToken {
        .complete(token, result: ["answer": 42])
      } else {
        .claim(LeaseOwner("somebody"), until: now.adding(.seconds(60)))
      }
    let transition = try plan.applying(command, at: now)
    try work.save(transition.plan, replacing: plan)
    try work.append(try #require(transition.event))
  }

  @Test("is written once, and each number of plans once in a commit of several units of work")
  func writes() throws {
    let fixture = try WriteQueueFixture()
    let (store, action) = (fixture.store, fixture.action)
    func rows(_ body: () throws -> Void) throws -> Int64 {
      let total = { try store.engine.alone("counting") { try $0.number("SELECT total_changes()") } }
      let before = try total()
      try body()
      return try total() - before
    }
    @Sendable func use(_ number: UInt64, in work: any UnitOfWork) throws {
      try work.store(Fixture.plan(number, of: action, at: Self.now))
    }
    // The first plan of an action is stored with the action's snapshot.
    try store.write { try use(1, in: $0) }
    // A plan, its event and a number of plans.
    let written = try rows { try store.write { try use(2, in: $0) } }
    #expect(written == 3)
    let claim = try rows { try store.write { try Self.claimOrComplete(1, in: $0) } }
    #expect(claim == 2)
    // A plan with its result, its event and two numbers of plans.
    let complete = try rows { try store.write { try Self.claimOrComplete(1, in: $0) } }
    #expect(complete == 4)
    let batch = try rows {
      let outcomes = try fixture.inOneBatch(4) { number in
        try store.write { work in
          if number < 2 {
            try use(UInt64(number + 3), in: work)
          } else {
            try Self.claimOrComplete(2, in: work)
          }
        }
      }
      for outcome in outcomes { try outcome.get() }
    }
    // Two plans with their events, two transitions with theirs, and two numbers of plans.
    #expect(batch == 10)
    #expect(try store.integrityCheck().isSound)
  }

  /// What a unit of work does to the plan of a number, in any order.
  private enum Step: CaseIterable {
    case insert, save, saveAgain, saveStale, append, appendWrong, remove, look, count
  }

  /// Carries out random steps on plans and returns what they return.
  private struct Script {
    let steps: [(step: Step, number: UInt64)]
    let throwsAtEnd: Bool
    /// The size of a text of each plan.
    let size: Int

    init(_ random: inout SeededGenerator, size: Int) {
      self.size = size
      steps = (0..<Int.random(in: 1...8, using: &random)).map { _ in
        let step = Step.allCases.randomElement(using: &random) ?? .look
        return (step, UInt64.random(in: 0..<3, using: &random))
      }
      throwsAtEnd = Int.random(in: 0..<3, using: &random) == 0
    }

    func run(_ action: Action, in work: any UnitOfWork) throws -> [String] {
      // Read before the steps: to read events writes the row.
      var sequences = try (0..<3 as Range<UInt64>).map { number in
        try work.events(of: Plan.ID(ULID(high: 1, low: number)), after: 0, limit: .max).count
      }
      return try steps.map { (step, number) in
        var sequence = sequences[Int(number)]
        let code = errorCode { try carryOut(step, number, action, &sequence, in: work) }
        sequences[Int(number)] = sequence
        return "\(step) \(number) \(code ?? ""), \(try found(step, number, in: work))"
      }
    }

    private func carryOut(
      _ step: Step, _ number: UInt64, _ action: Action, _ sequence: inout Int,
      in work: any UnitOfWork
    ) throws {
      let id = Plan.ID(ULID(high: 1, low: number))
      switch step {
      case .insert: try work.insert(DirtyRowTests.plan(number, of: action, size: size))
      case .save, .saveAgain, .saveStale:
        guard let plan = try work.plan(id) else { return }
        let after = DirtyRowTests.changed(plan, hasNewVersion: step != .saveAgain)
        try work.save(after, replacing: step == .saveStale ? after : plan)
      case .append, .appendWrong:
        let next = step == .append ? sequence + 1 : sequence + 2
        try work.append(DirtyRowTests.event(id, next))
        sequence = next
      case .remove:
        _ = try work.removeTree(id)
        sequence = 0
      case .look, .count: break
      }
    }

    private func found(_ step: Step, _ number: UInt64, in work: any UnitOfWork) throws -> String {
      let id = Plan.ID(ULID(high: 1, low: number))
      switch step {
      case .look:
        let plan = try work.plan(id)
        return "\(String(describing: plan?.progress)) "
          + "\(try work.events(of: id, after: 0, limit: .max))"
      case .count: return DirtyRowTests.text(try work.counts(in: .all))
      default: return ""
      }
    }
  }

  private static func plan(_ number: UInt64, of action: Action, size: Int) -> Plan {
    let definition = PlanDefinition(
      id: Plan.ID(ULID(high: 1, low: number)), action: action.snapshot, description: "do it",
      definitionOfDone: "it is done", arguments: [:], defaultedArguments: [],
      projects: [], automation: .manual, idempotencyKey: nil, labels: ["kind": "test"],
      context: ["text": String(repeating: "x", count: size)], createdBy: nil, createdAt: now,
      position: nil)
    return PlanTransition(creating: definition).plan
  }

  private static func event(_ plan: Plan.ID, _ sequence: Int) -> PlanEvent {
    PlanEvent(
      plan: plan, sequence: sequence, command: .claim, from: .strategizeQueued,
      to: .strategizeProcessing, at: now, attempt: 1, epoch: sequence, detail: nil)
  }

  /// The plan in the next version, or in the same one with another time: with another status, and
  /// with documents of another length.
  private static func changed(_ plan: Plan, hasNewVersion: Bool) -> Plan {
    let progress = plan.progress
    let version = progress.version + (hasNewVersion ? 1 : 0)
    let lengths = [0, 0, 10, 700]
    let text = String(repeating: "é", count: lengths[version % lengths.count])
    let statuses: [PlanStatus] = [.strategizeQueued, .strategizeCancelled, .strategizeComplete]
    return Plan(
      definition: plan.definition,
      progress: PlanProgress(
        status: statuses[version % statuses.count], version: version, attempt: 0,
        reversionCount: 0, epoch: 0, lease: nil, readyAt: nil, unmetDependencies: 0,
        updatedAt: progress.updatedAt.adding(.seconds(1)),
        times: (PhaseTimes(), PhaseTimes(), PhaseTimes()),
        documents: text.isEmpty
          ? nil
          : PlanDocuments(
            strategize: .string(text), execute: nil, apply: nil, checkpoint: nil, failure: nil),
        round: nil))
  }

  private static func text(_ counts: StatusCounts) -> String {
    "\(PlanStatus.allCases.map { counts[$0] })"
  }

  private static func everything(_ store: some StorageEngine) throws -> [String] {
    try store.read { session in
      let plans = try session.plans(matching: PlanQuery(order: .oldestFirst, limit: .largest))
      return try plans.rows.map { plan in
        "\(plan.id) \(plan.progress) \(String(describing: plan.progress.result(of: .strategize))) "
          + "\(try session.events(of: plan.id, after: 0, limit: .max))"
      } + ["\(text(try session.counts(in: .all))) \(try session.feedState().purges)"]
    }
  }

  @Test("is what the in-memory store holds, whatever is saved, appended and read in any order")
  func random() throws {
    var random = SeededGenerator.announced()
    // In one round, the plans are too large for the cache.
    for round in 0..<Rounds.scaled(10) {
      let size = round == 0 ? PlanCache.mostBytes / 8 : 10
      let fixture = try WriteQueueFixture()
      let model = try StorageBackend.inMemory.open()
      let action = try AtomicPairs.action(in: model)
      for _ in 0..<(round == 0 ? 3 : 12) {
        let scripts = (0..<Int.random(in: 1...6, using: &random)).map { _ in
          Script(&random, size: size)
        }
        let found = Locked([Int: [String]]())
        let outcomes = try fixture.inOneBatch(scripts.count) { number in
          try fixture.store.write { work in
            let lines = try scripts[number].run(action, in: work)
            found.withLock { $0[number] = lines }
            if scripts[number].throwsAtEnd { throw TestError() }
          }
        }
        for (number, outcome) in outcomes.enumerated() {
          let lines = Locked([String]())
          let expected = Result {
            try model.write { work in
              let expected = try scripts[number].run(action, in: work)
              lines.withLock { $0 = expected }
              if scripts[number].throwsAtEnd { throw TestError() }
            }
          }
          #expect(errorCode { try outcome.get() } == errorCode { try expected.get() })
          #expect(found.withLock { $0[number] ?? [] } == lines.withLock { $0 })
        }
        try #require(try Self.everything(fixture.store) == Self.everything(model))
      }
      #expect(try fixture.store.integrityCheck().isSound)
    }
  }
}
