import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The author and the note of an operator's command")
struct OriginTests {
  private static let failure = Result {
    try Plan.Failure(code: "bad", message: "bad", isRetryable: false)
  }

  private func latest(_ id: Plan.ID, in fixture: LifecycleFixture) throws -> PlanEvent? {
    try fixture.plans.readBlocking { try $0.events(of: id) }.last
  }

  /// Gives the command, and looks at what its event records.
  private func expectRecord(
    _ command: CommandName, of id: Plan.ID, in fixture: LifecycleFixture,
    _ body: @Sendable (borrowing PlanTransaction) throws -> Plan
  ) throws {
    try fixture.plans.writeBlocking { _ = try body($0) }
    let event = try #require(try latest(id, in: fixture))
    #expect(event.command == command && event.by == "anna" && event.note == "é: \(command)")
    try fixture.checkHistory(id)
  }

  @Test(
    "are in the events of advance, retry, revert, cancel, expedite and evict",
    arguments: TestStore.allCases)
  func recorded(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let id = try fixture.use().id
    let first = try fixture.claimOne(id)
    let later = fixture.time.now().adding(.seconds(60))
    try fixture.plans.writeBlocking { _ = try $0.release(first, readyAt: later) }
    #expect(try latest(id, in: fixture)?.by == nil && latest(id, in: fixture)?.note == nil)
    try expectRecord(.expedite, of: id, in: fixture) {
      try $0.expedite(id, by: "anna", note: "é: expedite")
    }
    _ = try fixture.claimOne(id)
    try expectRecord(.evict, of: id, in: fixture) {
      try $0.evict(id, reason: "stuck", by: "anna", note: "é: evict")
    }
    let second = try fixture.claimOne(id)
    let failure = try Self.failure.get()
    try fixture.plans.writeBlocking { _ = try $0.fail(second, failure) }
    try expectRecord(.retry, of: id, in: fixture) {
      try $0.retry(id, by: "anna", note: "é: retry")
    }
    try fixture.complete(id)
    try expectRecord(.advance, of: id, in: fixture) {
      try $0.advance(id, input: 1, by: "anna", note: "é: advance")
    }
    #expect(try latest(id, in: fixture)?.detail == .input(bytes: 1))
    try expectRecord(.revert, of: id, in: fixture) {
      try $0.revert(id, reason: "other", by: "anna", note: "é: revert")
    }
    try expectRecord(.cancel, of: id, in: fixture) {
      try $0.cancel(id, reason: "enough", by: "anna", note: "é: cancel")
    }
    #expect(try latest(id, in: fixture)?.detail == .reason("enough"))
  }

  @Test(
    "are in the events of all plans that one cancel ends, and of no other plan",
    arguments: TestStore.allCases)
  func tree(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let root = try fixture.use(automation: .auto)
    try fixture.complete(root.id)
    let token = try fixture.claimOne(root.id)
    let spec = ChildSpec(action: "local/sample")
    let children = try fixture.spawn(
      token, [spec, spec, spec], schedule: ChildSchedule(mode: .sequential))
    try fixture.plans.writeBlocking { _ = try $0.cancel(children[1], reason: "no", by: "anna") }
    #expect(try latest(children[1], in: fixture)?.by == "anna")
    // It was cancelled because of its sibling.
    #expect(try latest(children[2], in: fixture)?.by == nil)
    try fixture.plans.writeBlocking { _ = try $0.cancel(root.id, reason: "no", note: "all of it") }
    for id in [root.id, children[0]] {
      #expect(try latest(id, in: fixture)?.note == "all of it")
    }
  }

  @Test("are refused when they are empty or too long, before anything changes")
  func refused() throws {
    let fixture = try LifecycleFixture()
    let plan = try fixture.use()
    let long = String(repeating: "x", count: PlanLimits.textBytes + 1)
    let refused: [(String?, String?, String)] = [
      ("", nil, "invalidText"), (long, nil, "textTooLarge"), (nil, long, "textTooLarge"),
    ]
    for (by, note, code) in refused {
      #expect(
        errorCode {
          try fixture.plans.writeBlocking {
            try $0.cancel(plan.id, reason: "r", by: by, note: note)
          }
        } == code)
    }
    #expect(try fixture.plan(plan.id) == plan)
  }
}
