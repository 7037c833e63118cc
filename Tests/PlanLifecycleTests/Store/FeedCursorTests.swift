import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The cursor of a reader of events")
struct FeedCursorTests {
  /// Uses an action and cancels the plan: two events.
  private func end(_ fixture: LifecycleFixture) throws -> Plan.ID {
    let plan = try fixture.use()
    try fixture.plans.writeBlocking { _ = try $0.cancel(plan.id, reason: "no") }
    return plan.id
  }

  /// Purges the oldest trees that have ended, until this number is gone.
  private func purge(_ count: Int, in fixture: LifecycleFixture) throws {
    fixture.time.advance(by: .seconds(1))
    let now = fixture.time.now()
    let removed = try fixture.plans.writeBlocking { try $0.purge(endedBefore: now, limit: count) }
    #expect(removed == count)
  }

  private func events(
    after cursor: EventCursor, _ fixture: LifecycleFixture, limit: PageLimit = .largest
  ) throws -> [RecordedEvent] {
    try fixture.plans.readBlocking { try $0.events(after: cursor, limit: limit) }
  }

  private func latest(_ fixture: LifecycleFixture) throws -> EventCursor {
    try fixture.plans.readBlocking { try $0.latestCursor() }
  }

  @Test("begins with what is stored, whatever was purged before", arguments: TestStore.allCases)
  func beginning(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    #expect(try events(after: .start, fixture).isEmpty)
    let plans = try (0..<3).map { _ in try end(fixture) }
    try purge(2, in: fixture)
    let read = try events(after: .start, fixture)
    #expect(read.map(\.event.plan) == [plans[2], plans[2]])
    // It knows of the purges now: what it has read of is no gap.
    #expect(try events(after: read[0].cursor, fixture) == [read[1]])
    #expect(try events(after: EventCursor(read[0].cursor.description), fixture) == [read[1]])
  }

  @Test(
    "of the latest position is followed by the events to come, and purging never lowers it",
    arguments: TestStore.allCases)
  func latestPosition(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    #expect(try events(after: latest(fixture), fixture).isEmpty)
    _ = try end(fixture)
    let before = try latest(fixture)
    #expect(try events(after: .start, fixture).last?.cursor == before)
    try purge(1, in: fixture)
    let after = try latest(fixture)
    #expect(after.position >= before.position && after > before)
    #expect(try events(after: after, fixture).isEmpty)
    let next = try end(fixture)
    #expect(try events(after: after, fixture).map(\.event.plan) == [next, next])
    #expect(try events(after: before, fixture).map(\.event.plan) == [next, next])
  }

  @Test(
    "expires once when purging has overtaken its reader, with the place to go on from",
    arguments: TestStore.allCases)
  func overtaken(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plans = try (0..<4).map { _ in try end(fixture) }
    let read = try events(after: .start, fixture, limit: PageLimit(1))
    let cursor = try #require(read.last?.cursor)
    try purge(2, in: fixture)
    let error = try #require(
      outcome { try events(after: cursor, fixture) }.failure as? PlanError)
    #expect(error.code == .cursorExpired && error.category == .conflict)
    let resumeAt = try #require(error.resumeAt)
    #expect(resumeAt.position == cursor.position)
    // Told once: from there, everything that is stored follows.
    #expect(
      try events(after: resumeAt, fixture).map(\.event.plan)
        == [plans[2], plans[2], plans[3], plans[3]])
    try purge(1, in: fixture)
    #expect(errorCode { try events(after: resumeAt, fixture) } == "cursorExpired")
  }

  @Test(
    "does not expire when only events were purged that its reader has read",
    arguments: TestStore.allCases)
  func ahead(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plans = try (0..<3).map { _ in try end(fixture) }
    let read = try events(after: .start, fixture, limit: PageLimit(4))
    let cursor = try #require(read.last?.cursor)
    try purge(2, in: fixture)
    #expect(try events(after: cursor, fixture).map(\.event.plan) == [plans[2], plans[2]])
  }

  @Test(
    "of an older version, which knows of no purges, expires where events may be missing",
    arguments: TestStore.allCases)
  func withoutPurges(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    _ = try (0..<2).map { _ in try end(fixture) }
    let read = try events(after: .start, fixture)
    let positions = try read.map { try EventCursor("e-\($0.cursor.position)") }
    #expect(try events(after: positions[0], fixture).count == 3)
    try purge(1, in: fixture)
    #expect(errorCode { try events(after: positions[0], fixture) } == "cursorExpired")
    #expect(try events(after: positions[1], fixture).count == 2)
  }

  @Test(
    "is the feed's own: a feed that purging has overtaken ends with cursorExpired",
    arguments: TestStore.allCases)
  func feed(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let first = try end(fixture)
    var iterator = fixture.plans.changes(after: .start).makeAsyncIterator()
    for _ in 0..<2 { #expect(try await iterator.next()?.event.plan == first) }
    _ = try end(fixture)
    try purge(2, in: fixture)
    let last = try end(fixture)
    do {
      _ = try await iterator.next()
      Issue.record("the feed has skipped events")
    } catch let error as PlanError {
      let resumeAt = try #require(error.resumeAt)
      var resumed = fixture.plans.changes(after: resumeAt).makeAsyncIterator()
      #expect(try await resumed.next()?.event.plan == last)
    }
  }

  // Without the check, the feed waits in silence until the store has given as many positions.
  @Test(
    "that the store never had expires at once, with the beginning to go on from",
    .timeLimit(.minutes(30)), arguments: TestStore.allCases,
    ["e-500-0", "e-500", "e-0-99", "e-2-99"])
  func unknown(store: TestStore, text: String) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try end(fixture)
    let cursor = try EventCursor(text)
    #expect(errorCode { try events(after: cursor, fixture) } == "cursorExpired")
    var iterator = fixture.plans.changes(after: cursor).makeAsyncIterator()
    do {
      _ = try await iterator.next()
      Issue.record("the feed has skipped events")
    } catch let error as PlanError {
      #expect(error.code == .cursorExpired && error.description.contains(text))
      let resumeAt = try #require(error.resumeAt)
      #expect(try events(after: resumeAt, fixture).map(\.event.plan) == [plan, plan])
    }
  }

  // Without the cursor of an empty page, a feed that waits for its first event knows of no purge.
  @Test("of a feed that has read nothing yet expires as well", arguments: TestStore.allCases)
  func waitingFeed(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let result = Locked<Result<Plan.ID?, any Error>?>(nil)
    let reader = Task {
      var iterator = fixture.plans.changes(after: .start).makeAsyncIterator()
      do {
        let plan = try await iterator.next()?.event.plan
        result.withLock { $0 = .success(plan) }
      } catch { result.withLock { $0 = .failure(error) } }
    }
    // Each unit of work leaves nothing stored; the first after the feed's first read overtakes it.
    try await waitUntil("the feed to be overtaken") {
      try await fixture.plans.write { transaction in
        let definition = try Fixture.action()
        try transaction.register(definition)
        let plan = try transaction.use("sample")
        _ = try transaction.cancel(plan.id, reason: "no")
        let later = fixture.time.now().adding(.seconds(1))
        _ = try transaction.purge(endedBefore: later, limit: 9)
      }
      return result.withLock { $0 != nil }
    }
    reader.cancel()
    #expect(errorCode { try result.withLock { try $0?.get() } } == "cursorExpired")
  }
}
