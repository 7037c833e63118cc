@testable import PlanDomain
import TestSupport
import Testing

@Suite("What a command carries")
struct CommandInputTests {
  let now = PlanFixture.now

  @Test("An advance hands its input to the next phase, and its event tells the size only")
  func advance() throws {
    for (from, to) in [
      (PlanStatus.strategizeComplete, PlanStatus.executeQueued), (.executeComplete, .applyQueued),
    ] {
      let plan = try PlanFixture.plan(from, input: "from the phase before")
      let advanced = try plan.applying(.advance(input: ["yes": true]), at: now)
      #expect(advanced.plan.status == to && advanced.plan.progress.input == ["yes": true])
      #expect(advanced.event?.detail == .input(bytes: 12))
      let cleared = try plan.applying(.advance(), at: now)
      #expect(cleared.plan.progress.input == nil && cleared.event?.detail == nil)
      let null = try plan.applying(.advance(input: .null), at: now)
      #expect(null.plan.progress.input == .null && null.event?.detail == .input(bytes: 4))
    }
  }

  @Test("A phase keeps its input through every attempt and a retry; only a revert clears it")
  func keepsInput() throws {
    let plan = try PlanFixture.plan(.executeProcessing, input: ["n": 1])
    let token = try #require(plan.leaseToken)
    let failure = try PlanFixture.failure(isRetryable: true)
    let permanent = try PlanFixture.failure(isRetryable: false)
    let errored = try plan.applying(.fail(token, permanent, jitter: 0), at: now).plan
    let kept = [
      try plan.applying(.release(token), at: now).plan,
      try plan.applying(.fail(token, failure, jitter: 0), at: now).plan,
      try plan.applying(.reclaim, at: now).plan, errored,
      try errored.applying(.retry, at: now).plan,
      try plan.applying(.complete(token, result: 1), at: now).plan,
    ]
    #expect(kept.map(\.progress.input) == Array(repeating: ["n": 1], count: kept.count))
    let constrained = try PlanFixture.plan(.applyConstrained, input: ["n": 1])
    #expect(try constrained.applying(.retry, at: now).plan.progress.input == ["n": 1])
    for status in [PlanStatus.executeQueued, .executeErrored, .applyConstrained] {
      let plan = try PlanFixture.plan(status, input: ["n": 1])
      #expect(try plan.applying(.revert(reason: "r"), at: now).plan.progress.input == nil)
    }
  }

  @Test("An advance without an input, for a plan that has none, leaves its documents as they are")
  func unchangedDocuments() throws {
    let plan = try PlanFixture.plan(.strategizeComplete)
    let advanced = try plan.applying(.advance(), at: now).plan
    #expect(advanced.progress.documents === plan.progress.documents)
  }

  @Test("A failure's retryAfter replaces the delay of the policy, where an attempt is left")
  func retryAfter() throws {
    for phase in PlanPhase.allCases {
      let processing = try #require(PlanStatus(phase, .processing))
      for delay in [Duration.zero, .seconds(7 * 86_400)] {
        for (attempt, isRetryable) in [(1, true), (1, false), (3, true)] {
          let plan = try PlanFixture.plan(processing, attempt: attempt)
          let failure = try Plan.Failure(
            code: "later", message: "later", isRetryable: isRetryable, retryAfter: delay)
          let token = try #require(plan.leaseToken)
          let after = try plan.applying(.fail(token, failure, jitter: 0.5), at: now).plan
          let isRetried = attempt == 1 && isRetryable
          #expect(after.status == PlanStatus(phase, isRetried ? .queued : .errored))
          #expect(after.progress.readyAt == (isRetried ? now.adding(delay) : nil))
        }
      }
    }
  }

  @Test("A release queues a plan for a later time, records it, and gives the attempt back")
  func postpone() throws {
    let later = now.adding(.seconds(3_600))
    for phase in PlanPhase.allCases {
      let plan = try PlanFixture.plan(try #require(PlanStatus(phase, .processing)), attempt: 2)
      let token = try #require(plan.leaseToken)
      let after = try plan.applying(.release(token, readyAt: later), at: now)
      #expect(after.plan.status == PlanStatus(phase, .queued))
      #expect(after.plan.progress.readyAt == later && after.plan.progress.attempt == 1)
      #expect(after.plan.progress.epoch == plan.progress.epoch + 1)
      #expect(after.event?.detail == .postponed(until: later))
      for earlier in [nil, now, now.adding(.seconds(-1))] {
        let released = try plan.applying(.release(token, readyAt: earlier), at: now)
        #expect(released.plan.progress.readyAt == now && released.event?.detail == nil)
      }
    }
  }

  @Test("A new plan is ready at its notBefore or now, whichever is later")
  func notBefore() throws {
    func readyAt(_ notBefore: Timestamp?, holdsSlot: Bool = true) throws -> Timestamp? {
      let sample = PlanFixture.definition(action: try PlanFixture.snapshot())
      let definition = PlanDefinition(
        id: sample.id, action: sample.action, description: "", definitionOfDone: "",
        arguments: [:], defaultedArguments: [], projects: [], automation: .manual,
        idempotencyKey: nil, notBefore: notBefore, createdBy: nil, createdAt: now, position: nil)
      return PlanTransition(creating: definition, holdsSlot: holdsSlot).plan.progress.readyAt
    }
    let later = now.adding(.seconds(9))
    #expect(try readyAt(later) == later && readyAt(nil) == now)
    #expect(try readyAt(now.adding(.seconds(-9))) == now)
    #expect(try readyAt(later, holdsSlot: false) == nil)
  }

  // Leave `origin` out of `applying`, and no event says who gave the command.
  @Test("The event of a command records who gave it and why", arguments: CommandName.allCases)
  func origin(name: CommandName) throws {
    let origin = try CommandOrigin(by: "anna", note: "as discussed")
    for row in TransitionTable.rows where row.command == name {
      let later = now.adding(.seconds(1))
      let plan =
        name == .expedite
        ? try PlanFixture.plan(row.from).ready(at: later) : try PlanFixture.plan(row.from)
      let command = try #require(try PlanFixture.command(name, for: plan))
      let plain = try plan.applying(command, at: now)
      let signed = try plan.applying(command, at: now, origin: origin)
      #expect(signed.plan == plain.plan && signed.event?.detail == plain.event?.detail)
      guard let event = signed.event else { continue }
      #expect(event.by == "anna" && event.note == "as discussed" && event != plain.event)
      #expect(plain.event?.by == nil && plain.event?.note == nil)
    }
    #expect(errorCode { try CommandOrigin(by: "", note: nil) } == "invalidText")
    let long = String(repeating: "x", count: PlanLimits.textBytes + 1)
    #expect(errorCode { try CommandOrigin(by: nil, note: long) } == "textTooLarge")
  }

  @Test("An event takes no more memory for the authors and notes that other events have")
  func eventSize() {
    #expect(MemoryLayout<PlanEvent>.size == 64)
  }
}
