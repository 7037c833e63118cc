import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("Rolling back one unit of work of a batch", .dedicatedThread)
struct UndoTests {
  /// What a unit of work does to the plan of a number, which may not be there.
  enum Step: Sendable {
    case make, transition, end, advance, cancel, remove, look
  }

  private static let now = Timestamp(microseconds: 5_000)

  private static func carryOut(
    _ step: Step, _ number: UInt64, _ action: Action, in work: any UnitOfWork
  ) throws {
    let id = Plan.ID(ULID(high: 1, low: number))
    guard let plan = try work.plan(id) else {
      guard case .make = step else { return }
      let projects = [ProjectUse(name: try ProjectName("project-\(number % 2)"))]
      let labels: [Key: Plan.Label.Value] = [
        "parity": number.isMultiple(of: 2) ? "even" : "odd", "kind": "test",
      ]
      return try work.store(
        Fixture.plan(number, of: action, projects: projects, labels: labels))
    }
    let command: PlanCommand
    switch (step, plan.leaseToken) {
    case (.remove, _):
      _ = try work.removeTree(id)
      return
    case (.end, let token?): command = .complete(token, result: ["number": .integer(7)])
    case (.advance, _):
      command = .advance(input: number.isMultiple(of: 2) ? nil : ["number": 1])
    case (.cancel, _): command = .cancel(reason: "enough")
    case (.transition, let token?): command = .release(token)
    case (.transition, nil):
      command = .claim(LeaseOwner("somebody"), until: now.adding(.seconds(60)))
    default:
      _ = try work.counts(in: .all)
      return
    }
    guard let transition = try? plan.applying(command, at: now) else { return }
    guard transition.plan != plan else { return }
    try work.save(transition.plan, replacing: plan)
    if let event = transition.event { try work.append(event) }
  }

  /// All that a store holds and all ways to it.
  private static func everything(_ store: some StorageEngine) throws -> [String] {
    try store.read { session in
      var found: [String] = []
      for state in [PlanState.queued, .processing, .complete, .cancelled] {
        let plans = try session.plans(
          matching: PlanQuery(PlanFilter(state: state), order: .oldestFirst, limit: .largest))
        found += plans.rows.map { plan in
          "\(state) \(plan.id) \(plan.progress) \(String(describing: plan.progress.result(of: .strategize)))"
        }
      }
      for number in 0..<2 {
        let filter = PlanFilter(project: try ProjectName("project-\(number)"))
        let plans = try session.plans(matching: PlanQuery(filter, limit: .largest))
        found += plans.rows.map { "project \(number) \($0.id)" }
        let counts = try session.counts(in: .project(ProjectName("project-\(number)")))
        found += PlanStatus.allCases.map { "\(number): \(counts[$0]) \($0)" }
      }
      for label in [Plan.Label("parity", "odd"), Plan.Label("kind", "test")] {
        let plans = try session.plans(
          matching: PlanQuery(PlanFilter(label: label), limit: .largest))
        found += plans.rows.map { "\(label) \($0.id)" }
        let counts = try session.counts(in: .label(label))
        found += PlanStatus.allCases.map { "\(label): \(counts[$0]) \($0)" }
      }
      found.append("purges \(try session.feedState().purges)")
      let ready = try session.readyPlans(
        for: [Fixture.actor()], at: Timestamp(microseconds: .max), limit: 100)
      found += ready.map { "ready \($0.id)" }
      found += try session.expiredLeases(at: Timestamp(microseconds: .max), limit: 100).map {
        "leased \($0.id)"
      }
      found += try session.events(after: .start, limit: .max).map { "\($0.event)" }
      return found
    }
  }

  // Fails when a note of a change is not made, is undone in the wrong order, or when no savepoint is
  // opened before what is not noted.
  @Test("keeps what the others wrote, whatever it had written itself")
  func random() throws {
    var random = SeededGenerator.announced()
    let steps: [Step] = [
      .make, .make, .transition, .transition, .transition, .end, .end, .advance, .advance, .advance,
      .cancel, .look,
    ]
    for _ in 0..<Rounds.scaled(30) {
      let fixture = try WriteQueueFixture()
      let model = try StorageBackend.inMemory.open()
      let action = try AtomicPairs.action(in: model)
      for _ in 0..<12 {
        let works = (0..<8).map { _ in
          (
            steps: (0..<Int.random(in: 1...5, using: &random)).map { _ in
              (
                Int.random(in: 0..<20, using: &random) == 0
                  ? .remove : steps.randomElement(using: &random) ?? .look,
                UInt64.random(in: 0..<5, using: &random)
              )
            }, throwsAtEnd: Int.random(in: 0..<3, using: &random) == 0
          )
        }
        @Sendable func body(_ number: Int, _ work: any UnitOfWork) throws {
          for (step, plan) in works[number].steps {
            try Self.carryOut(step, plan, action, in: work)
          }
          if works[number].throwsAtEnd { throw TestError() }
        }
        let outcomes = try fixture.inOneBatch(works.count) { number in
          try fixture.store.write { try body(number, $0) }
        }
        for (number, outcome) in outcomes.enumerated() {
          let expected = Result { try model.write { try body(number, $0) } }
          #expect(errorCode { try outcome.get() } == errorCode { try expected.get() })
        }
        let (found, expected) = (try Self.everything(fixture.store), try Self.everything(model))
        let (more, missing) = (Set(found).subtracting(expected), Set(expected).subtracting(found))
        guard found == expected else {
          Issue.record("\(works): too much \(more.sorted()), missing \(missing.sorted())")
          return
        }
      }
      #expect(try fixture.store.integrityCheck().isSound)
    }
  }
}

extension Result {
  fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
