import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("The events of a plan in a SQLite store", .dedicatedThread)
struct EventChainTests {
  private static let now = Timestamp(microseconds: 2_000)

  private static func event(_ plan: Plan, _ sequence: Int) -> PlanEvent {
    PlanEvent(
      plan: plan.id, sequence: sequence, command: .claim, from: .strategizeQueued,
      to: .strategizeProcessing, at: now, attempt: 1, epoch: sequence,
      detail: nil)
  }

  /// Stores two plans whose events alternate.
  private static func fill(
    _ store: any StorageEngine, _ action: Action, _ sequences: ClosedRange<Int>
  ) throws -> [Plan] {
    let plans = [1, 2].map { Fixture.plan($0, of: action, at: now).plan }
    try store.write { work in
      if sequences.lowerBound == 1 { for plan in plans { try work.insert(plan) } }
      for sequence in sequences { for plan in plans { try work.append(event(plan, sequence)) } }
    }
    return plans
  }

  @Test("are read after every sequence and with every limit as from the in-memory store")
  func pages() throws {
    let memory = try StorageBackend.inMemory.open()
    let sqlite = try SQLiteEngineRegistry().openMemory()
    let action = Action(creating: try Fixture.action(), at: Self.now)
    try memory.write { try $0.insert(action) }
    try sqlite.write { try $0.insert(action) }
    var stored = 0
    for count in [1, 15, 16, 17, 40] {
      _ = try Self.fill(memory, action, (stored + 1)...count)
      let plan = try Self.fill(sqlite, action, (stored + 1)...count)[1].id
      stored = count
      for after in [-3, 0] + Array(1...count + 2) {
        for limit in [0, 1, 2, 15, 16, 17, 33, count, .max] {
          let found = try sqlite.read { try $0.events(of: plan, after: after, limit: limit) }
          let expected = try memory.read { try $0.events(of: plan, after: after, limit: limit) }
          #expect(found == expected, "after \(after), \(limit) of \(count)")
        }
      }
    }
    #expect(try sqlite.integrityCheck().isSound)
    try sqlite.close()
  }

  @Test("cost the same in a history of a hundred times the length")
  func cost() throws {
    let store = try SQLiteEngineRegistry().openMemory()
    let action = try AtomicPairs.action(in: store)
    let plan = try Self.fill(store, action, 1...40)[0]
    func steps() throws -> [Int] {
      try [0, 7, 20].map { after in
        try store.measuringReads { _ = try $0.events(of: plan.id, after: after, limit: 9) }
      }
    }
    let short = try steps()
    _ = try Self.fill(store, action, 41...4_000)
    #expect(try steps() == short)
    try store.close()
  }

  @Test("are all removed with their plan, and those of other plans stay")
  func removal() throws {
    let store = try SQLiteEngineRegistry().openMemory()
    let action = try AtomicPairs.action(in: store)
    let plans = try Self.fill(store, action, 1...40)
    try store.write { work in
      let removed = try work.removeTree(plans[0].id)
      #expect(removed == 1)
      #expect(try work.events(of: plans[0].id, after: 0, limit: .max).isEmpty)
      let others = try work.events(of: plans[1].id, after: 0, limit: .max)
      #expect(others.map(\.sequence) == Array(1...40))
      #expect(try work.events(after: .start, limit: .max).count == 40)
      #expect(try work.feedState().removed == 79)
    }
    #expect(try store.integrityCheck().isSound)
    try store.close()
  }

  @Test(
    "are refused when they do not lead from the latest to the first",
    arguments: [
      "UPDATE event SET previous = NULL WHERE position = 5",
      "UPDATE event SET previous = 4 WHERE position = 5",
      "UPDATE event SET previous = 1 WHERE position = 5",
      "UPDATE plan SET last_event = 6 WHERE number = 1",
      "DELETE FROM event WHERE position = 3",
    ])
  func damage(change: String) throws {
    let directory = try ScratchDirectory()
    let store = try SQLiteEngineRegistry().open(directory.path("plans.db"), .quick)
    let action = try AtomicPairs.action(in: store)
    let plan = try Self.fill(store, action, 1...3)[0]
    try store.engine.alone("damaging") { try $0.runScript(change) }
    expectCode(.corrupt) {
      _ = try store.read { try $0.events(of: plan.id, after: 0, limit: .max) }
    }
    try store.close()
  }
}
