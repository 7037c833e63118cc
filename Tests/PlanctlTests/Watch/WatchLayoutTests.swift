import Planwright
import PlanwrightTesting
import Testing

@testable import planctl

@Suite("The tree that planctl watch draws")
struct WatchLayoutTests {
  /// A system whose clock the test moves, with plans of one action.
  struct Fixture {
    let test: TestSystem

    init() throws {
      test = try TestSystem()
      let definition = try ActionDefinition(
        name: "local/test", description: "test", definitionOfDone: "done",
        actors: Actors(strategy: "actor", execution: "actor"), automation: .auto,
        retry: try RetryPolicy(attempts: 3, base: .seconds(60), cap: .seconds(60)))
      try test.plans.writeBlocking { try $0.createAction(definition) }
    }

    func use(notBefore: Timestamp? = nil) throws -> Plan.ID {
      try test.plans.writeBlocking {
        try $0.use(PlanUse(action: "local/test", notBefore: notBefore)).id
      }
    }

    func claim(
      _ id: Plan.ID,
      _ body: @escaping @Sendable (borrowing PlanTransaction, LeaseToken) throws -> Void = {
        _, _ in
      }
    ) throws {
      try test.plans.writeBlocking { transaction in
        let plan = try transaction.claim(id, owner: "worker", leaseFor: .seconds(30))
        try body(transaction, try #require(plan.leaseToken))
      }
    }

    func spawn(_ id: Plan.ID, _ keys: [Key], slots: Int = 4) throws -> [Plan.ID] {
      try claim(id) { try $0.complete($1) }
      try claim(id) { transaction, token in
        let children = keys.map { ChildSpec(key: $0, action: "local/test") }
        let schedule = try ChildSchedule(mode: .parallel, maxParallel: slots)
        try transaction.spawn(token, Spawn(children, schedule: schedule))
      }
      return try test.plans.readBlocking { try $0.children(of: id).map(\.id) }
    }

    func trees(_ id: Plan.ID) throws -> WatchedTrees {
      var trees = WatchedTrees(top: id)
      for plan in try test.plans.readBlocking({ try $0.tree(id) }) { trees.update(plan) }
      return trees
    }

    func lines(
      _ trees: WatchedTrees, after delay: Duration = .zero, columns: Int = 200, rows: Int = 24
    ) -> [String] {
      WatchLayout.lines(
        of: trees, at: test.time.now().adding(delay),
        Terminal.Size(columns: columns, rows: rows)
      ).map(\.text)
    }
  }

  @Test("tells the age of a lease, and when it has expired")
  func leases() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    try fixture.claim(id)
    var trees = try fixture.trees(id)
    let plan = trees.roots[0]
    #expect(fixture.lines(trees, after: .seconds(5))[1].hasSuffix("attempt 1 of 3, worker"))
    trees.update(plan, since: fixture.test.time.now())
    #expect(fixture.lines(trees, after: .seconds(5))[1].hasSuffix("attempt 1 of 3, worker for 5s"))
    let late = fixture.lines(trees, after: .seconds(95))[1]
    #expect(late.hasSuffix("attempt 1 of 3, worker; its lease expired 1m 05s ago"))
  }

  @Test("counts down to the next attempt and to a later start")
  func countdowns() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    let failure = try Plan.Failure(code: "broken", message: "no \u{1B}disk", isRetryable: true)
    try fixture.claim(id) { try $0.fail($1, failure) }
    let plan = try fixture.test.plans.readBlocking { try $0.plan(id) }
    let wait = try #require(plan.progress.readyAt).since(fixture.test.time.now())
    let line = fixture.lines(try fixture.trees(id), after: wait - .seconds(7))[1]
    #expect(line.hasSuffix("attempt 2 of 3 in 7s: no \\u{1B}disk"), "\(line)")
    let later = try fixture.use(
      notBefore: fixture.test.time.now().adding(.seconds(2 * 86_400 + 3 * 3_600)))
    #expect(fixture.lines(try fixture.trees(later))[1].hasSuffix("starts in 2d 03h"))
  }

  @Test("counts the children that have failed apart from those that are done")
  func children() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    let children = try fixture.spawn(id, ["a", "b", "c", "d", "e", "f"])
    try fixture.claim(children[0]) {
      try $0.fail($1, try Plan.Failure(code: "broken", message: "x", isRetryable: false))
    }
    for _ in 0..<3 { try fixture.claim(children[1]) { try $0.complete($1) } }
    try fixture.claim(children[2])
    let lines = fixture.lines(try fixture.trees(id))
    #expect(lines[0] == "7 plans: 1 failed, 1 running, 1 waiting for children, 3 queued, 1 done")
    #expect(lines[1].hasSuffix("1 of 6 children done, 1 failed, 1 running, 3 queued"))
    #expect(lines[2].hasPrefix("├─ a") && lines[7].hasPrefix("└─ f"))
    #expect(lines[7].hasSuffix("ready for 0s"))
  }

  @Test(
    "shows what is most urgent where there are too many plans, and counts the others",
    arguments: [5, 10, 24, 100])
  func bounded(rows: Int) throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    let children = try fixture.spawn(id, (0..<300).map { Key(stringLiteral: "c\($0)") }, slots: 32)
    let grandchildren = try fixture.spawn(children[7], ["x", "y"])
    try fixture.claim(grandchildren[1]) {
      try $0.fail($1, try Plan.Failure(code: "broken", message: "no disk", isRetryable: false))
    }
    try fixture.claim(children[20])
    let trees = try fixture.trees(id)
    for columns in [20, 40, 200] {
      let lines = fixture.lines(trees, columns: columns, rows: rows)
      #expect(lines.count <= rows - 1 && lines[0].hasPrefix("303 plans: 1 failed"))
      if rows >= 10 {
        #expect(lines.contains { $0.hasPrefix("│  └─ y") || $0.hasPrefix("│  ├─ y") }, "\(lines)")
        #expect(lines.contains { $0.contains("─ c20") })
      }
      // Every plan is on a line of its own or counted on one.
      let counted = lines.dropFirst().compactMap { line in
        line.split(separator: "… ").last.flatMap { Int($0.prefix { $0.isNumber }) }
          .flatMap { line.contains(" more: ") ? $0 : nil }
      }
      let own = lines.dropFirst().count { !$0.contains(" more: ") }
      #expect(counted.reduce(0, +) + own == 303, "\(lines)")
    }
  }

  @Test("counts what has ended in the last minute, and forgets trees that are removed")
  func throughput() throws {
    let fixture = try Fixture()
    let (first, second) = (try fixture.use(), try fixture.use())
    var trees = WatchedTrees()
    func update() throws {
      for id in [first, second] {
        trees.update(try fixture.test.plans.readBlocking { try $0.plan(id) })
      }
    }
    try update()
    try fixture.test.plans.writeBlocking { try $0.cancel(first, reason: "x") }
    try update()
    let now = fixture.test.time.now()
    #expect(trees.throughput(at: now) == 1)
    #expect(trees.throughput(at: now.adding(.seconds(61))) == 0)
    #expect(!trees.areSettled)
    trees.removeTrees { $0.id == second }
    #expect(trees.roots.map(\.id) == [first] && trees.areSettled && trees.counts.total == 1)
    #expect(trees.throughput(at: now) == 1)
  }
}
