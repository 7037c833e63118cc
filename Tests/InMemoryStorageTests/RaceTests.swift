import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

// Protection 3. Each race is run twice: through the store, and through code that checks and acts
// under two separate locks, which the same race must catch.
@Suite("Threads that race for an in-memory store", .dedicatedThread)
struct RaceTests {
  static func engine() throws -> any StorageEngine { try StorageBackend.inMemory.open() }

  @Test("create one action exactly once, and the others get `duplicate`")
  func sameAction() throws {
    for _ in 0..<50 {
      let engine = try Self.engine()
      let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
      let outcomes = try race(16) { _ in outcome { try engine.write { try $0.insert(action) } } }
      #expect(Self.winners(outcomes) == 1)
      #expect(Self.refusals(outcomes, .duplicate) == 15)
      #expect(try engine.read { try $0.action(action.name) } == action)
    }
  }

  @Test("create it many times when they check and insert in two steps")
  func sameActionInTwoSteps() throws {
    let names = Locked([ActionName: Int]())
    let name = ActionName("local/sample")
    let line = StartBarrier(16)
    let outcomes = try race(16) { thread in
      outcome {
        let isTaken = names.withLock { $0[name] != nil }
        try line.wait()
        if isTaken { throw StorageError(.duplicate, operation: "inserting", subject: "an action") }
        names.withLock { $0[name] = thread }
      }
    }
    #expect(Self.winners(outcomes) > 1)
  }

  @Test("create different actions, all of which are stored")
  func differentActions() throws {
    let engine = try Self.engine()
    let actions = try (0..<64).map {
      Action(creating: try Fixture.action("local/a\($0)"), at: Timestamp(microseconds: 1))
    }
    let outcomes = try race(64) { thread in
      outcome { try engine.write { try $0.insert(actions[thread]) } }
    }
    #expect(Self.winners(outcomes) == 64)
    let page = try engine.read { try $0.actions(matching: ActionQuery(limit: .largest)) }
    #expect(Set(page.rows.map(\.name)) == Set(actions.map(\.name)))
  }

  @Test("lose some when they copy, change and replace a dictionary")
  func differentActionsInTwoSteps() throws {
    let names = Locked(Set<Int>())
    let line = StartBarrier(64)
    _ = try race(64) { thread in
      var copy = names.withLock { $0 }
      try line.wait()
      copy.insert(thread)
      let changed = copy
      names.withLock { $0 = changed }
    }
    #expect(names.withLock { $0.count } < 64)
  }

  @Test("make one plan under one idempotency key, and one each without a key")
  func plans() throws {
    let engine = try Self.engine()
    let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
    try engine.write { try $0.insert(action) }
    let key = Key("once")
    let keyed = try race(32) { thread in
      outcome {
        let plan = Fixture.plan(UInt64(thread), of: action, key: key)
        try engine.write { try $0.store(plan) }
      }
    }
    #expect(Self.winners(keyed) == 1 && Self.refusals(keyed, .duplicate) == 31)
    let free = try race(32) { thread in
      outcome {
        let plan = Fixture.plan(UInt64(100 + thread), of: action)
        try engine.write { try $0.store(plan) }
      }
    }
    #expect(Self.winners(free) == 32)
    #expect(try engine.read { try $0.counts(in: .all) }.total == 33)
  }

  @Test("make many plans when the key is looked up and set in two steps")
  func plansInTwoSteps() throws {
    let plans = Locked((keys: Set<String>(), count: 0))
    let line = StartBarrier(32)
    _ = try race(32) { _ in
      let isUsed = plans.withLock { $0.keys.contains("once") }
      try line.wait()
      if !isUsed {
        plans.withLock { plans in
          plans.keys.insert("once")
          plans.count += 1
        }
      }
    }
    #expect(plans.withLock { $0.count } > 1)
  }

  @Test("read whole units of work while others write")
  func wholeUnitsOfWork() throws {
    let engine = try Self.engine()
    let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
    try engine.write { try $0.insert(action) }
    let torn = Locked(0)
    _ = try race(4) { thread in
      outcome {
        for round in 0..<300 {
          if thread < 2 {
            let number = UInt64(thread * 1_000_000 + round * 2)
            try engine.write { work in
              try work.store(Fixture.plan(number, of: action))
              try work.store(Fixture.plan(number + 1, of: action))
            }
          } else {
            let (count, events) = try engine.read { session in
              (try session.counts(in: .all).total, try session.events(after: .start, limit: 10_000))
            }
            if count % 2 != 0 || events.count != count { torn.withLock { $0 += 1 } }
          }
        }
      }
    }
    #expect(torn.withLock { $0 } == 0)
    #expect(try engine.read { try $0.counts(in: .all) }.total == 1_200)
  }

  @Test("see half of a pair that is written under two locks")
  func pairInTwoSteps() throws {
    let count = Locked(0)
    let (between, seen) = (StartBarrier(2), StartBarrier(2))
    let counts = try race(2) { thread -> Int in
      if thread == 0 {
        count.withLock { $0 += 1 }
        try between.wait()
        try seen.wait()
        count.withLock { $0 += 1 }
        return 0
      }
      try between.wait()
      let value = count.withLock { $0 }
      try seen.wait()
      return value
    }
    #expect(counts[1] % 2 != 0)
  }

  // A thousand times over in the long form.
  @Test("open one store under one name, 200 times over")
  func namedStores() throws {
    for round in 0..<Rounds.scaled(200, long: 1_000) {
      let stores = InMemoryEngineRegistry()
      let opened = try race(64) { _ in outcome { try stores.open("jobs") } }
      let identities = Set(opened.compactMap { try? ObjectIdentifier($0.get().notifier) })
      guard identities.count == 1, opened.count == 64 else {
        Issue.record("round \(round): \(identities.count) stores")
        return
      }
    }
  }

  static func winners<R>(_ outcomes: [Result<R, any Error>]) -> Int {
    outcomes.count { (try? $0.get()) != nil }
  }

  static func refusals<R>(_ outcomes: [Result<R, any Error>], _ code: StorageError.Code) -> Int {
    outcomes.count { outcome in
      if case .failure(let error as StorageError) = outcome { error.code == code } else { false }
    }
  }
}
