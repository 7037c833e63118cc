import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("Pages and counts of the plans of many actions in a SQLite store", .dedicatedThread)
struct MergedListTests {
  private static let now = Timestamp(microseconds: 2_000)

  /// Stores the same plans in each store: of this number of actions in three namespaces, in random
  /// order, some of them cancelled.
  private static func fill(
    _ stores: [any StorageEngine], actions: Int, plans: Int, _ random: inout SeededGenerator
  ) throws {
    let made = try (0..<actions).map { number in
      Action(creating: try Fixture.action("n\(number % 3)/a\(number)"), at: now)
    }
    let transitions = try (0..<plans).map { number in
      let action = made[Int.random(in: 0..<actions, using: &random)]
      let transition = Fixture.plan(UInt64(number), of: action, at: now)
      guard Int.random(in: 0..<3, using: &random) == 0 else { return [transition] }
      return [transition, try transition.plan.applying(.cancel(reason: "enough"), at: now)]
    }.shuffled(using: &random)
    for store in stores {
      try store.write { work in
        for action in made { try work.insert(action) }
        for transitions in transitions {
          try work.store(transitions[0])
          guard let cancelled = transitions.dropFirst().first else { continue }
          try work.save(cancelled.plan, replacing: transitions[0].plan)
          try work.append(try #require(cancelled.event))
        }
      }
    }
  }

  private static let filters = [
    PlanFilter(state: .queued), PlanFilter(state: .cancelled), PlanFilter(namespace: "n0"),
    PlanFilter(state: .cancelled, namespace: "n1"), PlanFilter(namespace: "nowhere"),
    PlanFilter(state: .constrained), PlanFilter(),
  ]

  /// All pages of a query, as ids.
  private static func pages(
    _ filter: PlanFilter, _ order: PageOrder, _ limit: Int, _ store: any StorageEngine
  ) throws -> [[Plan.ID]] {
    try store.read { session in
      var (pages, cursor) = ([[Plan.ID]](), PlanCursor?.none)
      repeat {
        let page = try session.plans(
          matching: PlanQuery(filter, order: order, limit: PageLimit(limit), after: cursor))
        pages.append(page.rows.map(\.id))
        cursor = page.next
      } while cursor != nil
      return pages
    }
  }

  @Test(
    "are those of the in-memory store, with one action, a few, and a thousand",
    arguments: [1, 7, 1_000])
  func pages(actions: Int) throws {
    var random = SeededGenerator.announced()
    let (memory, sqlite) = (
      try StorageBackend.inMemory.open(), try SQLiteEngineRegistry().openMemory()
    )
    try Self.fill([memory, sqlite], actions: actions, plans: 1_500, &random)
    for filter in Self.filters {
      for order in PageOrder.allCases {
        for limit in [9, 700] {
          let found = try Self.pages(filter, order, limit, sqlite)
          #expect(try found == Self.pages(filter, order, limit, memory), "\(filter), \(order)")
        }
      }
    }
    for scope in [PlanScope.all, .namespace("n0"), .namespace("n2"), .action("n0/a0")] {
      #expect(
        try sqlite.read { try $0.counts(in: scope) } == memory.read { try $0.counts(in: scope) })
    }
    #expect(try sqlite.integrityCheck().isSound)
    try sqlite.close()
  }

  @Test("cost the same with eight times the plans, for the same number of actions")
  func cost() throws {
    var random = SeededGenerator.announced()
    let steps = try [400, 3_200].map { plans in
      let store = try SQLiteEngineRegistry().openMemory()
      try Self.fill([store], actions: 20, plans: plans, &random)
      let counts = try [PlanScope.all, .namespace("n0"), .action("n0/a0")].map { scope in
        try store.measuringReads { _ = try $0.counts(in: scope) }
      }
      let pages = try Self.filters.map { filter in
        try store.measuringReads { session in
          _ = try session.plans(matching: PlanQuery(filter, limit: PageLimit(9)))
        }
      }
      try store.close()
      return (counts: counts, pages: pages)
    }
    // The room is for a list that was empty, and for the parts in which lists are read.
    for (small, large) in zip(steps[0].counts, steps[1].counts) { #expect(large <= small + 50) }
    for (small, large) in zip(steps[0].pages, steps[1].pages) { #expect(large <= 2 * small + 100) }
  }

  @Test("follow each change of a unit of work, also one that is rolled back")
  func changes() throws {
    let store = try SQLiteEngineRegistry().openMemory()
    let action = try AtomicPairs.action(in: store)
    let made = Fixture.plan(1, of: action, at: Self.now)
    @Sendable func counts(_ session: any ReadSession) throws -> [Int] {
      let counts = try session.counts(in: .all)
      return [counts[.strategizeQueued], counts[.strategizeCancelled]]
    }
    #expect(throws: TestError.self) {
      try store.write { work in
        try work.store(made)
        #expect(try counts(work) == [1, 0])
        throw TestError("the unit of work is rolled back")
      }
    }
    #expect(try store.read(counts) == [0, 0])
    let cancelled = try made.plan.applying(.cancel(reason: "enough"), at: Self.now)
    try store.write { work in
      try work.store(made)
      try work.save(cancelled.plan, replacing: made.plan)
      #expect(try counts(work) == [0, 1])
      #expect(try work.removeTree(made.plan.id) == 1)
      #expect(try counts(work) == [0, 0])
    }
    try store.close()
  }
}
