import PlanDomain
import PlanStorage
import TestSupport

@testable import PlanLifecycle

/// Fills a store with plans in all kinds of states, by commands taken at random.
struct StoreGenerator {
  private var random: SeededGenerator
  private var tokens: [LeaseToken] = []
  private let fixture: LifecycleFixture

  init(_ random: SeededGenerator, _ fixture: LifecycleFixture) throws {
    self.random = random
    self.fixture = fixture
    try fixture.plans.writeBlocking { transaction in
      for (name, isReadOnly) in [("local/change", false), ("local/look", true)] {
        try transaction.createAction(
          try Fixture.action(
            name, readOnly: isReadOnly, automation: .auto,
            retry: RetryPolicy(attempts: 2, base: .seconds(1), cap: .seconds(9))))
      }
    }
  }

  /// Gives this many commands; those that are refused change nothing.
  mutating func run(_ steps: Int) throws {
    for step in 0..<steps {
      do { try takeStep(step) } catch is PlanError {}
      if number(5) == 0 { fixture.time.advance(by: .seconds(number(20))) }
    }
  }

  private mutating func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

  private mutating func token() -> LeaseToken? {
    tokens.isEmpty ? nil : tokens.remove(at: number(tokens.count))
  }

  private mutating func takeStep(_ step: Int) throws {
    switch number(10) {
    case 0, 1: try use(step)
    case 2, 3, 4:
      let owner = try LeaseOwner("worker/\(number(3))")
      let claimed = try fixture.plans.writeBlocking { transaction in
        try transaction.claim(
          owner: owner, actors: [try Fixture.actor()], limit: 2, leaseFor: .seconds(60))
      }
      tokens += claimed.compactMap(\.leaseToken)
    case 5, 6:
      let result: JSONValue = ["step": .integer(Int64(step)), "text": .string("é\n\"")]
      guard let token = token() else { return }
      try fixture.plans.writeBlocking { _ = try $0.complete(token, result: result) }
    case 7: try spawn()
    case 8: try fail(step)
    default: try operate(number(4))
    }
  }

  private func use(_ step: Int) throws {
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.use(
        PlanUse(
          action: try ActionName(step.isMultiple(of: 3) ? "local/look" : "local/change"),
          automation: .auto, idempotencyKey: step.isMultiple(of: 2) ? try Key("key-\(step)") : nil,
          labels: ["team": try Plan.Label.Value(step.isMultiple(of: 4) ? "blue" : "red")]))
    }
  }

  private mutating func spawn() throws {
    guard let token = token() else { return }
    let (count, mode) = (1 + number(4), number(2))
    let first = Key("child-0")
    let specs = try (0..<count).map { index in
      ChildSpec(
        key: try Key("child-\(index)"),
        action: try ActionName(index.isMultiple(of: 2) ? "local/look" : "local/change"),
        dependsOn: mode == 1 && index > 0 ? [first] : [])
    }
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.spawn(token, try Spawn(specs, schedule: .standard))
    }
  }

  private mutating func fail(_ step: Int) throws {
    guard let token = token() else { return }
    let failure = try Plan.Failure(
      code: "odd", message: "step \(step)", detail: ["a": [1, 2.5, nil]],
      isRetryable: step.isMultiple(of: 2))
    try fixture.plans.writeBlocking { _ = try $0.fail(token, failure) }
  }

  private mutating func operate(_ command: Int) throws {
    let all = try fixture.plans.readBlocking {
      try $0.plans(matching: PlanQuery(limit: .largest)).rows.map(\.id)
    }
    guard !all.isEmpty else { return }
    let id = all[number(all.count)]
    try fixture.plans.writeBlocking { transaction in
      switch command {
      case 0: _ = try transaction.cancel(id, reason: "not needed", by: "somebody", note: "a note")
      case 1: _ = try transaction.retry(id)
      case 2: _ = try transaction.revert(id, reason: "again")
      default: _ = try transaction.advance(id, input: ["go": true])
      }
    }
  }
}
