import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright

extension Scenario {
  /// What grows with a store on a PostgreSQL server, and plans from their use to their end on one.
  static let postgreSQLGrowth = [
    Scenario(name: "postgresql.claim") { name, scale in
      let owner = LeaseOwner("bench")
      return try growth(name, scale, "claims") { store in
        try store.benchmark.claimAndRelease(owner)
      }
    },
    Scenario(name: "postgresql.page.growth") { name, scale in
      try growth(name, scale, "pages") { store in
        _ = try store.benchmark.store.readBlocking {
          try $0.plans(matching: PlanQuery(PlanFilter(state: .queued), limit: PageLimit(50)))
        }
      }
    },
    Scenario(name: "postgresql.worker.plans", body: plansOnServer),
  ]

  /// One operation in a large store, against the same in one a hundredth its size.
  private static func growth(
    _ name: String, _ scale: Scale, _ unit: String,
    _ operation: (ServerBenchmarkStore) throws -> Void
  ) throws -> Measurement {
    let large = try ServerBenchmarkStore(plans: scale.plans)
    defer { large.close() }
    let small = try ServerBenchmarkStore(plans: scale.plans / 100, beside: large)
    let calls = max(20, scale.calls / 1_000)
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls { try operation(large) }
    } against: {
      for _ in 0..<calls { try operation(small) }
    }
    return Measurement(
      scenario: name, unit: unit, rate: found.body, baselineRate: found.baseline,
      ratio: found.baseline / found.body, goal: .atMost(1.5))
  }

  /// Plans from their use to their end, through all phases, with handlers that do nothing, against
  /// raw durable transitions one by one.
  private static func plansOnServer(_ name: String, _ scale: Scale) throws -> Measurement {
    let store = try ServerBenchmarkStore(plans: 1_000)
    defer { store.close() }
    let transitions = max(20, scale.calls / 200)
    let count = max(64, scale.calls / 200)
    let fixture = try WorkerFixture(.postgreSQL(store.emptyLocation()))
    var (ours, theirs): ([Double], [Double]) = ([], [])
    var samples: [Duration] = []
    for _ in 0..<min(scale.rounds, 5) {
      theirs.append(
        Double(transitions) / (try store.rawTransitions(transitions, threads: 1)).inSeconds)
      let (elapsed, lives) = try blocking { try await fixture.run(plans: count, slots: 64) }
      ours.append(Double(count) / elapsed.inSeconds)
      samples += lives
    }
    return Measurement(
      scenario: name, unit: "plans", rate: median(ours), samples: samples.sorted(),
      baselineRate: median(theirs), ratio: median(ours) / median(theirs), goal: .atLeast(0.5))
  }
}
