import PlanDomain
import PlanStorage
import TestSupport
import Testing

@Suite("The rules that stores share")
struct RulesTests {
  /// The page that a builder makes of rows 1…`count`, those that match being multiples of `step`.
  static func page(
    of count: Int, limit: Int, matching step: Int = 1
  ) throws -> (rows: [Int], next: Int?, read: Int) {
    var builder = PageBuilder<Int, Int>(try PageLimit(limit))
    for row in 1...count {
      if builder.isFull {
        let page = builder.page(hasNext: true)
        return (page.rows, page.next, row)
      }
      builder.examine(row, at: row, matches: row.isMultiple(of: step))
    }
    let page = builder.page(hasNext: false)
    return (page.rows, page.next, count)
  }

  @Test("A page ends with its last row, and says that another follows only when one does")
  func fullPages() throws {
    let full = try Self.page(of: 4, limit: 3)
    #expect(full.rows == [1, 2, 3] && full.next == 3 && full.read == 4)
    let exact = try Self.page(of: 3, limit: 3)
    #expect(exact.rows == [1, 2, 3] && exact.next == nil)
  }

  @Test("A page ends after the rows that may be examined, however few of them match")
  func sparsePages() throws {
    let limit = QueryRules.rowsExamined(for: try PageLimit(10))
    let sparse = try Self.page(of: 5_000, limit: 10, matching: 500)
    #expect(sparse.rows == [500, 1_000] && sparse.next == limit && sparse.read == limit + 1)
    let last = try Self.page(of: limit, limit: 10, matching: 500)
    #expect(last.rows == [500, 1_000] && last.next == nil)
  }

  /// An action as a store holds it.
  static func action() throws -> Action {
    Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
  }

  static let now = Timestamp(microseconds: 5_000)

  @Test("A plan is in the list of its state: ready, leased, or none")
  func duePositions() throws {
    let plan = Fixture.plan(1, of: try Self.action()).plan
    let ready = try #require(DuePosition(of: plan))
    #expect(ready.list == .ready(plan.actor) && ready.time == plan.progress.readyAt)
    let end = Self.now.adding(.seconds(60))
    let leased = try plan.applying(.claim(LeaseOwner("somebody"), until: end), at: Self.now).plan
    let lease = try #require(DuePosition(of: leased))
    #expect(lease.list == .leases && lease.time == end)
    let token = try #require(leased.leaseToken)
    let complete = try leased.applying(.complete(token, result: "r"), at: Self.now).plan
    #expect(DuePosition(of: complete) == nil)
  }

  @Test("A root that is final is due by its end, and a child never is")
  func finalRoots() throws {
    let action = try Self.action()
    let root = Fixture.plan(1, of: action).plan
    let ended = try root.applying(.cancel(reason: "enough"), at: Self.now).plan
    let position = try #require(DuePosition(of: ended))
    #expect(position.list == .finalRoots && position.time == Self.now)
    let child = Fixture.plan(
      2, of: action,
      position: ChildPosition(
        parent: root.id, root: root.id, depth: 1, round: 1, index: 0, key: "first", dependsOn: [])
    ).plan
    #expect(
      DuePosition(of: try child.applying(.cancel(reason: "enough"), at: Self.now).plan) == nil)
  }

  @Test("Counts of groups are corrected for the plans of the scope that are being worked on")
  func counts() throws {
    let plan = Fixture.plan(1, of: try Self.action()).plan
    let until = Self.now.adding(.seconds(60))
    let leased = try plan.applying(.claim(LeaseOwner("somebody"), until: until), at: Self.now).plan
    let groups: [StatusGroup: Int] = [.strategizeActive: 3, .applyApplied: 2]
    let counts = QueryRules.counts(in: .all, groups: groups, processing: [leased])
    #expect(counts[.strategizeQueued] == 2 && counts[.strategizeProcessing] == 1)
    #expect(counts[.applyApplied] == 2 && counts.total == 5)
    let elsewhere = QueryRules.counts(
      in: .namespace("elsewhere"), groups: groups, processing: [leased])
    #expect(elsewhere[.strategizeQueued] == 3 && elsewhere[.strategizeProcessing] == 0)
  }

  /// A store in which everything that is not named is in order.
  struct Lookups: InsertionChecks {
    var plans: Set<Plan.ID> = []
    var hasAction = true
    var isKeyUsed = false
    var isPositionTaken = false

    func isStored(_ id: Plan.ID) -> Bool { plans.contains(id) }
    func isStored(_ action: ActionName) -> Bool { hasAction }
    func isUsed(_ key: Key, of action: ActionName) -> Bool { isKeyUsed }
    func isTaken(_ position: ChildPosition) -> Bool { isPositionTaken }
  }

  @Test("A plan that breaks every rule is refused for one after the other, in the port's order")
  func refusals() throws {
    let parent = Plan.ID(ULID(high: 1, low: 7))
    let plan = Fixture.plan(
      1, of: try Self.action(), key: "key",
      position: ChildPosition(
        parent: parent, root: parent, depth: 1, round: 1, index: 0, key: "first", dependsOn: [])
    ).plan
    var lookups = Lookups(
      plans: [plan.id], hasAction: false, isKeyUsed: true, isPositionTaken: true)
    var reasons: [String] = []
    func note(_ code: StorageError.Code) throws {
      let refusal = try #require(try lookups.refusal(of: plan))
      #expect(refusal.code == code && refusal.subject == "plan \(plan.id)")
      reasons.append(refusal.reason)
    }
    try note(.duplicate)
    lookups.plans = []
    try note(.missingReference)
    lookups.hasAction = true
    try note(.duplicate)
    lookups.isKeyUsed = false
    try note(.missingReference)
    lookups.plans = [parent]
    try note(.duplicate)
    lookups.isPositionTaken = false
    #expect(try lookups.refusal(of: plan) == nil)
    #expect(
      reasons == [
        "the id is taken", "there is no action local/sample", "the idempotency key is taken",
        "its parent or its root is not stored", "a sibling has its key or its position",
      ])
  }

  @Test("A name of an in-memory database is 1 to 128 bytes of printable ASCII")
  func names() throws {
    for name in ["a", " ", "~", String(repeating: "x", count: 128)] {
      try InMemoryNameRule.check(name)
    }
    for name in ["", "\u{7F}", "é", "a\nb", String(repeating: "x", count: 129)] {
      let error = #expect(throws: StorageError.self) { try InMemoryNameRule.check(name) }
      #expect(error?.code == .invalidLocation)
    }
  }
}
