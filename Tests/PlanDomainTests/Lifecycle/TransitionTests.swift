@testable import PlanDomain
import TestSupport
import Testing

// Protection 12: one function decides every transition. Remove a row of `TransitionTable`, let
// one lead elsewhere, or skip `isAllowed`, and these tests name the pair.
@Suite("The transition table")
struct TransitionTests {
  /// The table of the domain's contract, written out a second time: what is not here is refused.
  static let contract: [CommandName: [PlanStatus: PlanStatus]] = [
    .use: [:],
    .claim: [
      .strategizeQueued: .strategizeProcessing, .executeQueued: .executeProcessing,
      .applyQueued: .applyProcessing,
    ],
    .renew: [
      .strategizeProcessing: .strategizeProcessing, .executeProcessing: .executeProcessing,
      .applyProcessing: .applyProcessing,
    ],
    .checkpoint: [
      .strategizeProcessing: .strategizeProcessing, .executeProcessing: .executeProcessing,
      .applyProcessing: .applyProcessing,
    ],
    .release: [
      .strategizeProcessing: .strategizeQueued, .executeProcessing: .executeQueued,
      .applyProcessing: .applyQueued,
    ],
    .complete: [
      .strategizeProcessing: .strategizeComplete, .executeProcessing: .executeComplete,
      .applyProcessing: .applyApplied,
    ],
    .constrain: [.applyProcessing: .applyConstrained],
    .fail: [
      .strategizeProcessing: .strategizeQueued, .executeProcessing: .executeQueued,
      .applyProcessing: .applyQueued,
    ],
    .spawn: [.executeProcessing: .executeWaiting],
    .resume: [.executeWaiting: .executeQueued],
    .advance: [.strategizeComplete: .executeQueued, .executeComplete: .applyQueued],
    .retry: [
      .strategizeErrored: .strategizeQueued, .executeErrored: .executeQueued,
      .applyErrored: .applyQueued, .applyConstrained: .applyQueued,
    ],
    .revert: [
      .strategizeComplete: .strategizeQueued, .strategizeErrored: .strategizeQueued,
      .executeQueued: .strategizeQueued, .executeComplete: .strategizeQueued,
      .executeErrored: .strategizeQueued, .applyQueued: .strategizeQueued,
      .applyConstrained: .strategizeQueued, .applyErrored: .strategizeQueued,
    ],
    .cancel: [
      .strategizeQueued: .strategizeCancelled, .strategizeProcessing: .strategizeCancelled,
      .strategizeComplete: .strategizeCancelled, .strategizeErrored: .strategizeCancelled,
      .executeQueued: .executeCancelled, .executeProcessing: .executeCancelled,
      .executeWaiting: .executeCancelled, .executeComplete: .executeCancelled,
      .executeErrored: .executeCancelled, .applyQueued: .applyCancelled,
      .applyProcessing: .applyCancelled, .applyConstrained: .applyCancelled,
      .applyErrored: .applyCancelled,
    ],
    .reclaim: [
      .strategizeProcessing: .strategizeQueued, .executeProcessing: .executeQueued,
      .applyProcessing: .applyQueued,
    ],
    .evict: [
      .strategizeProcessing: .strategizeQueued, .executeProcessing: .executeQueued,
      .applyProcessing: .applyQueued,
    ],
    .expedite: [
      .strategizeQueued: .strategizeQueued, .executeQueued: .executeQueued,
      .applyQueued: .applyQueued,
    ],
  ]

  @Test("has an entry in the contract for every command", arguments: CommandName.allCases)
  func contractIsWhole(name: CommandName) {
    #expect(Self.contract[name] != nil)
  }

  @Test("allows exactly what the contract lists", arguments: CommandName.allCases)
  func allowsWhatTheContractLists(name: CommandName) throws {
    for status in PlanStatus.allCases {
      let plan = try PlanFixture.plan(status)
      guard let command = try PlanFixture.command(name, for: plan) else { continue }
      let isRepeatedCancel = name == .cancel && status.state == .cancelled
      if let target = Self.contract[name]?[status] {
        let after = try plan.applying(command, at: PlanFixture.now)
        #expect(after.plan.status == target, "\(name) from \(status)")
        #expect(TransitionTable.target(of: name, from: status)?.status == target)
      } else if isRepeatedCancel {
        #expect(try plan.applying(command, at: PlanFixture.now) == PlanTransition(unchanged: plan))
      } else {
        #expect(
          throws: PlanError.transitionNotAllowed(plan.id, command: name, status: status)
        ) { try plan.applying(command, at: PlanFixture.now) }
        #expect(TransitionTable.target(of: name, from: status) == nil)
      }
    }
  }

  @Test("lets no command but a repeated cancel pass a final plan", arguments: CommandName.allCases)
  func finalPlansStay(name: CommandName) throws {
    let final = try [
      PlanFixture.plan(.applyApplied), PlanFixture.plan(.executeComplete, readOnly: true),
      PlanFixture.plan(.strategizeCancelled), PlanFixture.plan(.executeCancelled),
      PlanFixture.plan(.applyCancelled),
    ]
    for plan in final {
      #expect(plan.isFinal && plan.hasEnded)
      guard let command = try PlanFixture.command(name, for: plan) else { continue }
      if name == .cancel, plan.status.state == .cancelled { continue }
      #expect(
        throws: PlanError.transitionNotAllowed(plan.id, command: name, status: plan.status)
      ) { try plan.applying(command, at: PlanFixture.now) }
    }
  }

  @Test("ends an attempt with an error when none is left", arguments: PlanPhase.allCases)
  func attemptsRunOut(phase: PlanPhase) throws {
    let processing = try #require(PlanStatus(phase, .processing))
    let errored = try #require(PlanStatus(phase, .errored))
    let plan = try PlanFixture.plan(processing, attempt: 3)
    for name in [CommandName.fail, .reclaim, .evict] {
      let command = try #require(try PlanFixture.command(name, for: plan))
      let after = try plan.applying(command, at: PlanFixture.now).plan
      #expect(after.status == errored && after.hasEnded && after.progress.lease == nil)
      #expect(TransitionTable.target(of: name, from: processing)?.exhausted == errored)
    }
  }

  @Test("never repeats a failure that another attempt cannot help", arguments: PlanPhase.allCases)
  func permanentFailures(phase: PlanPhase) throws {
    let plan = try PlanFixture.plan(try #require(PlanStatus(phase, .processing)))
    let token = try #require(plan.leaseToken)
    let failure = try PlanFixture.failure(isRetryable: false)
    let after = try plan.applying(.fail(token, failure, jitter: 0), at: PlanFixture.now).plan
    #expect(after.status == PlanStatus(phase, .errored))
    #expect(after.progress.failure == failure)
  }

  // Protection 4: take the token check out of `applying` and this fails.
  @Test("refuses a worker's write with another epoch, whatever the status")
  func staleTokens() throws {
    for status in PlanStatus.allCases {
      let plan = try PlanFixture.plan(status)
      for name in CommandName.allCases {
        for epoch in [4, 6] {
          let stale = try PlanFixture.command(name, for: plan)?.presenting(
            LeaseToken(plan: plan.id, epoch: epoch))
          guard let stale else { continue }
          #expect(throws: PlanError.leaseLost(plan.id, status: status)) {
            try plan.applying(stale, at: PlanFixture.now)
          }
        }
      }
    }
  }

  // Protection 13: record no event in `applying`, or a second one, and this fails.
  @Test("gives every transition the next version and one event of that sequence")
  func versionsAndEvents() throws {
    for row in TransitionTable.rows {
      // Queued for later, so that expediting it changes something.
      let later = PlanFixture.now.adding(.seconds(1))
      let plan =
        row.command == .expedite
        ? try PlanFixture.plan(row.from).ready(at: later) : try PlanFixture.plan(row.from)
      let command = try #require(try PlanFixture.command(row.command, for: plan))
      let transition = try plan.applying(command, at: PlanFixture.now)
      if row.command == .renew || row.command == .checkpoint {
        #expect(transition.event == nil && transition.plan.version == plan.version)
      } else {
        let event = try #require(transition.event)
        #expect(transition.plan.version == plan.version + 1)
        #expect(event.sequence == transition.plan.version)
        #expect(event.from == row.from && event.to == transition.plan.status)
        #expect(event.command == row.command && event.at == PlanFixture.now)
      }
      #expect(transition.plan.definition === plan.definition)
    }
  }

  @Test("lets a plan go back to strategize three times and not once more")
  func revertLimit() throws {
    let plan = try PlanFixture.plan(.applyConstrained, reversions: 3)
    #expect(throws: PlanError.revertLimitReached(plan.id, limit: 3)) {
      try plan.applying(.revert(reason: "again"), at: PlanFixture.now)
    }
    let earlier = try PlanFixture.plan(.applyConstrained, reversions: 2)
    let after = try earlier.applying(.revert(reason: "again"), at: PlanFixture.now).plan
    #expect(after.progress.reversionCount == 3 && after.progress.attempt == 0)
    #expect(after.progress.result(of: .strategize) == .string("strategy"))
    #expect(after.progress.result(of: .execute) == nil)
    #expect(after.progress.result(of: .apply) == nil && after.progress.checkpoint == nil)
  }

  @Test("claims nothing that is not ready, and takes no lease away that has not expired")
  func notBeforeTheirTime() throws {
    let later = PlanFixture.now.adding(.microseconds(1))
    let plan = try PlanFixture.plan(.executeQueued).ready(at: later)
    let claim = try #require(try PlanFixture.command(.claim, for: plan))
    #expect(throws: PlanError.notDue(plan.id, readyAt: later)) {
      try plan.applying(claim, at: PlanFixture.now)
    }
    #expect(throws: PlanError.awaitsSlot(plan.id)) {
      try plan.ready(at: nil).applying(claim, at: PlanFixture.now)
    }
    let held = try PlanFixture.plan(
      .executeProcessing, expiresAt: PlanFixture.now.adding(.microseconds(1)))
    #expect(
      errorCode { try held.applying(.reclaim, at: PlanFixture.now) } == "transitionNotAllowed")
  }

  @Test("lets an operator make a queued plan due, and nothing when it is due already")
  func expedite() throws {
    let plan = try PlanFixture.plan(.applyQueued).ready(at: PlanFixture.now.adding(.seconds(300)))
    let after = try plan.applying(.expedite, at: PlanFixture.now)
    #expect(after.plan.progress.readyAt == PlanFixture.now && after.event?.command == .expedite)
    #expect(
      try after.plan.applying(.expedite, at: PlanFixture.now)
        == PlanTransition(unchanged: after.plan))
    #expect(throws: PlanError.awaitsSlot(plan.id)) {
      try plan.ready(at: nil).applying(.expedite, at: PlanFixture.now)
    }
  }

  @Test("lets an operator take a lease away before it expires, with a reason of its own")
  func evict() throws {
    let plan = try PlanFixture.plan(
      .executeProcessing, expiresAt: PlanFixture.now.adding(.seconds(300)))
    let after = try plan.applying(.evict(reason: "stuck"), at: PlanFixture.now)
    #expect(after.plan.progress.epoch == plan.progress.epoch + 1)
    #expect(after.plan.progress.readyAt == PlanFixture.now)
    let failure = try #require(after.plan.progress.failure)
    #expect(failure.code == .leaseEvicted && failure.message == "stuck")
    #expect(after.event?.detail == .failure(failure))
  }

  @Test("takes a constrained plan up again with what it had reached")
  func retryConstrained() throws {
    let plan = try PlanFixture.plan(.applyConstrained, attempt: 2, reversions: 2)
    let after = try plan.applying(.retry, at: PlanFixture.now).plan
    #expect(after.status == .applyQueued && after.progress.attempt == 0)
    #expect(after.progress.reversionCount == 2 && after.progress.failure == nil)
    #expect(after.progress.checkpoint == plan.progress.checkpoint)
  }
}

extension PlanTransition {
  init(unchanged plan: Plan) { self.init(plan: plan, event: nil) }
}

extension PlanCommand {
  /// The same command with another token; nil for a command that needs none.
  func presenting(_ token: LeaseToken) -> PlanCommand? {
    switch self {
    case .renew(_, let until, let report): .renew(token, until: until, report: report)
    case .checkpoint(_, let checkpoint): .checkpoint(token, checkpoint)
    case .release(_, let readyAt): .release(token, readyAt: readyAt)
    case .complete(_, let result): .complete(token, result: result)
    case .constrain(_, let reason): .constrain(token, reason: reason)
    case .fail(_, let failure, let jitter): .fail(token, failure, jitter: jitter)
    case .spawn(_, let round): .spawn(token, round)
    case .claim, .resume, .advance, .retry, .revert, .cancel, .reclaim, .expedite, .evict: nil
    }
  }
}
