import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("What an approval of a typed action decides", .timeLimit(.minutes(30)))
struct TypedInputTests {
  private struct Approval: Codable, Hashable {
    var isGranted: Bool
    var share: Double
    var notes: [String]?
  }

  /// The inputs that the phases of a plan saw, in their order.
  private final class Inputs: Sendable {
    private let inputs = Locked([Approval?]())

    var all: [Approval?] { inputs.withLock { $0 } }

    func note(_ input: Approval?) { inputs.withLock { $0.append(input) } }
  }

  private static func payment(
    _ seen: Inputs = Inputs()
  ) throws -> TypedAction<NoValue, Double> {
    try TypedAction(
      "local/payment", taking: NoValue.self, description: "Pay", automation: .review,
      retry: RetryPolicy(attempts: 2, base: .zero, cap: .zero)
    ).execute { run in
      seen.note(try run.input(as: Approval.self))
    }.apply { run in
      let approval: Approval? = try run.input()
      seen.note(approval)
      if run.attempt == 1, approval != nil { throw TestError() }
      return approval?.share ?? 0
    }
  }

  @Test(
    "reaches every attempt of the next phase as a Swift value, and no other phase",
    arguments: TestStore.allCases)
  func attempts(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let seen = Inputs()
    let payment = try Self.payment(seen)
    let approval = Approval(isGranted: true, share: 0.5, notes: ["é"])
    try await fixture.withWorker([payment]) {
      let handle = try await fixture.plans.use(payment)
      let complete = try await fixture.reached(handle.id) { $0.status == .executeComplete }
      #expect(
        await asyncErrorCode {
          try await handle.advance(input: approval, ifVersion: complete.version - 1)
        } == "versionConflict")
      let advanced = try await handle.advance(
        input: approval, by: "anna", note: "as discussed", ifVersion: complete.version)
      #expect(advanced.status == .applyQueued)
      #expect(try await handle.result() == 0.5)
      let events = try fixture.plans.readBlocking { try $0.events(of: handle.id) }
      let event = events.last { $0.command == .advance }
      #expect(event?.by == "anna" && event?.note == "as discussed")
      #expect(await asyncErrorCode { try await handle.advance() } == "transitionNotAllowed")
    }
    #expect(seen.all == [nil, approval, approval])
  }

  @Test("is nil when the phase was approved without an input")
  func withoutInput() async throws {
    let fixture = try LifecycleFixture()
    let payment = try Self.payment()
    try await fixture.withWorker([payment]) {
      let handle = try await fixture.plans.use(payment)
      _ = try await fixture.reached(handle.id) { $0.status == .executeComplete }
      try await handle.advance()
      #expect(try await handle.result() == 0)
    }
  }

  @Test("is none when it is null, as an optional without a value is", arguments: TestStore.allCases)
  func null(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let payment = try Self.payment()
    try await fixture.withWorker([payment]) {
      for isTyped in [true, false] {
        let handle = try await fixture.plans.use(payment)
        _ = try await fixture.reached(handle.id) { $0.status == .executeComplete }
        if isTyped {
          let advanced = try await handle.advance(input: Approval?.none)
          #expect(advanced.progress.input == JSONValue?.none)
        } else {
          try await fixture.plans.write { _ = try $0.advance(handle.id, input: .null) }
        }
        #expect(try await handle.result() == 0)
      }
    }
  }

  @Test("of another form fails its phase without another attempt, unless the closure reads another")
  func noRetry() async throws {
    let fixture = try LifecycleFixture()
    let attempts = Locked(0)
    let payment = try TypedAction(
      "local/payment", taking: NoValue.self, description: "Pay", automation: .review,
      retry: RetryPolicy(attempts: 5, base: .zero, cap: .zero)
    ).execute { _ in 7 }.apply { run in
      attempts.withLock { $0 += 1 }
      if let amount = try? run.input(as: Double.self) { return amount }
      return try run.input(as: Approval.self)?.share ?? 0
    }
    try await fixture.withWorker([payment]) {
      let handle = try await fixture.plans.use(payment)
      _ = try await fixture.reached(handle.id) { $0.status == .executeComplete }
      try await handle.advance(input: "yes")
      #expect(await asyncErrorCode { try await handle.result() } == "planErrored")
      let plan = try await handle.plan()
      #expect(plan.progress.attempt == 1 && plan.progress.failure?.code == "notDecodable")
      #expect(plan.progress.failure?.message.contains("'input' cannot be decoded") == true)
      #expect(attempts.withLock { $0 } == 1)
      let second = try await fixture.plans.use(payment)
      _ = try await fixture.reached(second.id) { $0.status == .executeComplete }
      try await second.advance(input: Approval(isGranted: true, share: 0.25))
      #expect(try await second.result() == 0.25)
    }
  }

  @Test("is refused with its path when it cannot be stored, and fails when it has another form")
  func otherForms() async throws {
    let fixture = try LifecycleFixture()
    let payment = try Self.payment()
    try await fixture.withWorker([payment]) {
      let handle = try await fixture.plans.use(payment)
      _ = try await fixture.reached(handle.id) { $0.status == .executeComplete }
      await #expect(
        throws: PlanError.notEncodable(
          "input.share", reason: "it is infinite or NaN, which JSON cannot express")
      ) { try await handle.advance(input: Approval(isGranted: true, share: .nan)) }
      try await handle.advance(input: ["isGranted": "yes"])
      #expect(await asyncErrorCode { try await handle.result() } == "planErrored")
      let failure = try await handle.plan().progress.failure
      #expect(failure?.message.contains("'input.isGranted' cannot be decoded") == true)
      #expect(failure?.code == "notDecodable")
    }
  }
}
