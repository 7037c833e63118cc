import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("Commands on stored plans")
struct CommandTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  @Test("An action is created once, changed at the version that was seen, and archived")
  func actions() throws {
    let definition = try Fixture.action()
    let changed = try Fixture.action(readOnly: true)
    let name = definition.name
    try fixture.plans.writeBlocking { try $0.createAction(definition) }
    #expect(throws: PlanError.actionAlreadyExists(name)) {
      try fixture.plans.writeBlocking { _ = try $0.createAction(definition) }
    }
    let second = try fixture.plans.writeBlocking { try $0.updateAction(changed, ifVersion: 1) }
    #expect(second.version == 2 && second.definition.readOnly)
    #expect(throws: PlanError.actionVersionConflict(name, expected: 1, found: 2)) {
      try fixture.plans.writeBlocking { _ = try $0.updateAction(changed, ifVersion: 1) }
    }
    #expect(throws: PlanError.actionVersionConflict(name, expected: 1, found: 2)) {
      try fixture.plans.writeBlocking { _ = try $0.archiveAction(name, ifVersion: 1) }
    }
    let archived = try fixture.plans.writeBlocking { try $0.archiveAction(name, ifVersion: 2) }
    #expect(archived.state == .archived && archived.version == 3)
    #expect(
      try fixture.plans.writeBlocking { try $0.archiveAction(name, ifVersion: 3) } == archived)
    #expect(throws: PlanError.actionArchived(name)) {
      try fixture.plans.writeBlocking { _ = try $0.use("local/sample") }
    }
    let other = ActionName("local/none")
    #expect(throws: PlanError.actionNotFound(other)) {
      try fixture.plans.writeBlocking { _ = try $0.use("none") }
    }
    #expect(
      errorCode {
        try Action(creating: definition, at: Sample.time).updated(
          to: try Fixture.action("local/other"), at: Sample.time)
      } == "invalidText")
  }

  enum Sample { static let time = Timestamp(microseconds: 0) }

  @Test("A plan keeps what it took from its action, whatever becomes of the action")
  func plansKeepTheirTerms() throws {
    let plan = try fixture.use()
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.updateAction(try Fixture.action(actor: "other"), ifVersion: 1)
      _ = try transaction.archiveAction(ActionName("sample"), ifVersion: 2)
    }
    let token = try fixture.claimOne(plan.id)
    #expect(
      try fixture.plans.writeBlocking { try $0.complete(token) }.status == .strategizeComplete)
  }

  @Test("An action that is not reusable is archived with its first use")
  func notReusable() throws {
    let plan = try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action(reusable: false))
      return try transaction.use(
        PlanUse(action: ActionName("sample"), idempotencyKey: Key("k")))
    }
    #expect(
      errorCode { try fixture.plans.writeBlocking { _ = try $0.use("sample") } } == "actionArchived"
    )
    // The key still gives the plan back.
    let again = try fixture.plans.writeBlocking { transaction in
      try transaction.use(PlanUse(action: ActionName("sample"), idempotencyKey: Key("k")))
    }
    #expect(again == plan)
  }

  @Test("An idempotency key gives the same plan for the same arguments, and a conflict for others")
  func idempotency() throws {
    let name = ActionName("local/sample")
    let arguments = [
      try ArgumentDefinition(name: "n", type: .integer),
      try ArgumentDefinition(name: "d", type: .integer, requirement: .optional(default: 5)),
    ]
    try fixture.plans.writeBlocking {
      try $0.createAction(try Fixture.action(arguments: arguments))
    }
    func use(_ given: JSONObject) throws -> Plan {
      try fixture.plans.writeBlocking { transaction in
        try transaction.use(PlanUse(action: name, arguments: given, idempotencyKey: Key("k")))
      }
    }
    let plan = try use(["n": 1])
    #expect(try use(["n": 1]) == plan)
    // What a default filled in was not given.
    #expect(throws: PlanError.idempotencyConflict(name, key: "k", plan: plan.id)) {
      try use(["d": 5, "n": 1])
    }
    #expect(throws: PlanError.idempotencyConflict(name, key: "k", plan: plan.id)) {
      try use(["n": 2])
    }
    #expect(errorCode { try use(["n": 1, "d": 6]) } == "idempotencyConflict")
    #expect(errorCode { try use([:]) } == "idempotencyConflict")
    // With another version of the action, its defaults may be others: what is given counts.
    try fixture.plans.writeBlocking { transaction in
      let changed = [
        arguments[0],
        try ArgumentDefinition(name: "d", type: .integer, requirement: .optional(default: 9)),
      ]
      _ = try transaction.updateAction(try Fixture.action(arguments: changed), ifVersion: 1)
    }
    #expect(try use(["n": 1]) == plan)
    #expect(errorCode { try use(["n": 2]) } == "idempotencyConflict")
  }

  @Test("A use is checked as a whole before anything is written")
  func validation() throws {
    let name = ActionName("local/sample")
    try fixture.plans.writeBlocking { try $0.createAction(try Fixture.action()) }
    let project = ProjectUse(name: ProjectName("p"))
    let long = String(repeating: "x", count: PlanLimits.textBytes + 1)
    let refused = [
      (PlanUse(action: name, arguments: ["x": 1]), "unknownArgument"),
      (PlanUse(action: name, projects: [project, project]), "invalidText"),
      (PlanUse(action: name, createdBy: long), "textTooLarge"),
      (PlanUse(action: name, createdBy: ""), "invalidText"),
    ]
    for (use, code) in refused {
      #expect(errorCode { try fixture.plans.writeBlocking { _ = try $0.use(use) } } == code)
    }
    #expect(try fixture.plans.readBlocking { try $0.counts(in: .all) }.total == 0)
    let good = PlanUse(action: name, projects: [project], automation: .review, createdBy: "me")
    let plan = try fixture.plans.writeBlocking { try $0.use(good) }
    #expect(plan.definition.projects == [project] && plan.definition.automation == .review)
  }

  @Test("Automation takes each step by itself that it names, and no other")
  func automation() throws {
    let manual = try fixture.use("local/m")
    let token = try fixture.claimOne(manual.id)
    #expect(
      try fixture.plans.writeBlocking { try $0.complete(token) }.status == .strategizeComplete)
    let review = try fixture.use("local/r", automation: .review)
    let first = try fixture.claimOne(review.id)
    #expect(try fixture.plans.writeBlocking { try $0.complete(first) }.status == .executeQueued)
    let second = try fixture.claimOne(review.id)
    #expect(try fixture.plans.writeBlocking { try $0.complete(second) }.status == .executeComplete)
    let readOnly = try fixture.use("local/ro", automation: .auto, readOnly: true)
    let look = try fixture.claimOne(readOnly.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(look) }
    let done = try fixture.claimOne(readOnly.id)
    let final = try fixture.plans.writeBlocking { try $0.complete(done) }
    #expect(final.status == .executeComplete && final.isFinal && final.hasSucceeded)
    #expect(
      errorCode {
        try fixture.plans.writeBlocking { _ = try $0.advance(final.id) }
      } == "transitionNotAllowed")
    // Two transitions in one unit of work are two events.
    try fixture.checkHistory(review.id)
  }

  @Test("A constrained plan goes back by itself three times, and then stays")
  func constrained() throws {
    let plan = try fixture.use(automation: .auto)
    for round in 0...3 {
      for _ in 0..<2 {
        let token = try fixture.claimOne(plan.id)
        try fixture.plans.writeBlocking { _ = try $0.complete(token) }
      }
      let apply = try fixture.claimOne(plan.id)
      let after = try fixture.plans.writeBlocking {
        try $0.constrain(apply, reason: "round \(round)")
      }
      #expect(after.status == (round < 3 ? .strategizeQueued : .applyConstrained))
      if round < 3 {
        let token = try fixture.claimOne(plan.id)
        let assignment = try fixture.plans.writeBlocking { transaction in
          try transaction.assignment(for: try transaction.plan(plan.id))
        }
        #expect(assignment?.lastRevert == "round \(round)")
        try fixture.plans.writeBlocking { _ = try $0.release(token) }
      }
    }
    try fixture.checkHistory(plan.id)
  }

  @Test("A failed attempt comes back after its delay, until none is left")
  func retries() throws {
    let plan = try fixture.use(
      retry: try RetryPolicy(attempts: 2, base: .seconds(4), cap: .seconds(9)))
    let failure = try Plan.Failure(code: Key("bad"), message: "bad", isRetryable: true)
    let first = try fixture.claimOne(plan.id)
    let failed = try fixture.plans.writeBlocking { try $0.fail(first, failure) }
    // Jitter 0.5 makes three quarters of the base.
    #expect(failed.progress.readyAt == fixture.time.now().adding(.seconds(3)))
    let none = try fixture.plans.writeBlocking { transaction in
      try transaction.claim(
        owner: LeaseOwner("w"), actors: [try Fixture.actor()], limit: 1, leaseFor: .seconds(1))
    }
    #expect(none.isEmpty)
    fixture.time.advance(by: .seconds(3))
    let second = try fixture.claimOne(plan.id)
    #expect(
      try fixture.plans.writeBlocking { try $0.fail(second, failure) }.status == .strategizeErrored)
    let retried = try fixture.plans.writeBlocking { try $0.retry(plan.id) }
    #expect(retried.status == .strategizeQueued && retried.progress.attempt == 0)
    try fixture.checkHistory(plan.id)
  }

  // Protection 5.
  @Test("An expired lease holds until it is reclaimed; then the work is done by another")
  func reclaim() throws {
    let plan = try fixture.use()
    let late = try fixture.claimOne(plan.id)
    fixture.time.advance(by: .seconds(61))
    // Nobody has taken it away: it still holds.
    try fixture.plans.writeBlocking {
      _ = try $0.checkpoint(late, try Plan.Checkpoint(step: Key("s"), data: 1))
    }
    #expect(try fixture.plans.writeBlocking { try $0.reclaim(limit: 9) }.map(\.id) == [plan.id])
    #expect(try fixture.plans.writeBlocking { try $0.reclaim(limit: 9) }.isEmpty)
    let token = try fixture.claimOne(plan.id)
    #expect(throws: PlanError.leaseLost(plan.id, status: .strategizeProcessing)) {
      try fixture.plans.writeBlocking { _ = try $0.complete(late) }
    }
    let done = try fixture.plans.writeBlocking { try $0.complete(token) }
    #expect(done.status == .strategizeComplete)
    try fixture.checkHistory(plan.id)
  }

  @Test("A renewed lease expires later")
  func renew() throws {
    let plan = try fixture.use()
    let token = try fixture.claimOne(plan.id)
    fixture.time.advance(by: .seconds(50))
    let renewed = try fixture.plans.writeBlocking { try $0.renew(token, leaseFor: .seconds(60)) }
    #expect(renewed.progress.lease?.expiresAt == fixture.time.now().adding(.seconds(60)))
    #expect(renewed.version == 2)
    fixture.time.advance(by: .seconds(50))
    #expect(try fixture.plans.writeBlocking { try $0.reclaim(limit: 9) }.isEmpty)
  }

  @Test("A renewal stores what the handler reported, until the phase ends")
  func report() throws {
    let plan = try fixture.use()
    let token = try fixture.claimOne(plan.id)
    func renew(_ report: String?) throws -> String? {
      try fixture.plans.writeBlocking {
        try $0.renew(token, leaseFor: .seconds(60), report: report)
      }.progress.report
    }
    #expect(try renew(nil) == nil)
    #expect(try renew("half done") == "half done")
    #expect(try renew(nil) == "half done")
    let long = try #require(try renew(String(repeating: "é", count: 10_000)))
    #expect(long.utf8.count <= PlanLimits.reportBytes && long.hasPrefix("éé"))
    let stored = try fixture.plan(plan.id)
    #expect(stored.progress.report == long && stored.version == 2)
    let done = try fixture.plans.writeBlocking { try $0.complete(token, result: "done") }
    #expect(done.progress.report == nil)
    try fixture.checkHistory(plan.id)
  }

  @Test("Claims take the plans that have been ready longest, and none of another actor")
  func claimOrder() throws {
    let first = try fixture.use("local/a")
    fixture.time.advance(by: .seconds(-1))
    let second = try fixture.use("local/b")
    try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action("local/c", actor: "stranger"))
      _ = try transaction.use("local/c")
    }
    let claimed = try fixture.plans.writeBlocking { transaction in
      try transaction.claim(
        owner: LeaseOwner("w"), actors: [try Fixture.actor()], limit: 9, leaseFor: .seconds(1))
    }
    #expect(claimed.map(\.id) == [second.id])
    fixture.time.advance(by: .seconds(1))
    #expect(try fixture.claimOne(first.id).plan == first.id)
  }

  @Test("Numbers out of their range are refused")
  func nonsense() throws {
    let plan = try fixture.use()
    let token = try fixture.claimOne(plan.id)
    let actors = [try Fixture.actor()]
    #expect(
      errorCode {
        try fixture.plans.writeBlocking { transaction in
          _ = try transaction.claim(
            owner: LeaseOwner("w"), actors: actors, limit: 0, leaseFor: .seconds(1))
        }
      } == "outOfRange")
    #expect(
      errorCode {
        try fixture.plans.writeBlocking { _ = try $0.renew(token, leaseFor: .zero) }
      } == "outOfRange")
    #expect(throws: PlanError.outOfRange(field: "limit", reason: "must be at least 1")) {
      try fixture.plans.writeBlocking { _ = try $0.reclaim(limit: 0) }
    }
    #expect(
      errorCode {
        try fixture.plans.writeBlocking {
          _ = try $0.purge(endedBefore: fixture.time.now(), limit: 0)
        }
      } == "outOfRange")
    #expect(throws: PlanError.planNotFound(Plan.ID(ULID(high: 0, low: 0)))) {
      try fixture.plan(Plan.ID(ULID(high: 0, low: 0)))
    }
    #expect(
      errorCode {
        try fixture.plans.readBlocking { _ = try $0.tree(Plan.ID(ULID(high: 0, low: 0))) }
      } == "planNotFound")
  }

  @Test("A purge removes whole trees that ended before, and nothing else")
  func purge() throws {
    let old = try fixture.use("local/a")
    try fixture.plans.writeBlocking { _ = try $0.cancel(old.id, reason: "old") }
    fixture.time.advance(by: .seconds(10))
    let young = try fixture.use("local/a")
    try fixture.plans.writeBlocking { _ = try $0.cancel(young.id, reason: "young") }
    let open = try fixture.use("local/a")
    let before = fixture.time.now()
    #expect(try fixture.plans.writeBlocking { try $0.purge(endedBefore: before, limit: 100) } == 1)
    #expect(try fixture.plans.writeBlocking { try $0.purge(endedBefore: before, limit: 100) } == 0)
    #expect(throws: PlanError.planNotFound(old.id)) { try fixture.plan(old.id) }
    #expect(throws: PlanError.planNotFound(old.id)) {
      try fixture.plans.readBlocking { try $0.events(of: old.id) }
    }
    #expect(try fixture.plan(young.id).isFinal && !fixture.plan(open.id).isFinal)
    fixture.time.advance(by: .seconds(10))
    for _ in 0..<3 {
      let plan = try fixture.use("local/a")
      try fixture.plans.writeBlocking { _ = try $0.cancel(plan.id, reason: "x") }
    }
    fixture.time.advance(by: .seconds(10))
    let now = fixture.time.now()
    #expect(try fixture.plans.writeBlocking { try $0.purge(endedBefore: now, limit: 2) } == 2)
    #expect(try fixture.plans.writeBlocking { try $0.purge(endedBefore: now, limit: 2) } == 2)
  }

  @Test("Several commands make one unit of work: all of them or none")
  func composition() throws {
    #expect(throws: TestError()) {
      try fixture.plans.writeBlocking { transaction in
        try transaction.createAction(try Fixture.action())
        _ = try transaction.use("sample")
        throw TestError()
      }
    }
    #expect(try fixture.plans.readBlocking { try $0.actions(matching: ActionQuery()) }.rows.isEmpty)
    #expect(try fixture.plans.readBlocking { try $0.plans(matching: PlanQuery()) }.rows.isEmpty)
    #expect(try fixture.plans.readBlocking { try $0.events(after: .start) }.isEmpty)
    #expect {
      try fixture.plans.writeBlocking { [fixture] _ in
        _ = try fixture.plans.readBlocking { try $0.counts(in: .all) }
      }
    } throws: { ($0 as? StorageError)?.code == .nestedUnitOfWork }
  }
}
