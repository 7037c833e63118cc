@testable import PlanDomain
import TestSupport
import Testing

@Suite("A command on an attempt with a time-out")
struct AttemptTimeoutTests {
  let now = PlanFixture.now
  let end = PlanFixture.now.adding(.seconds(90))

  @Test("gives every claim an end of its own, which the lease never exceeds")
  func claim() throws {
    for (status, processing) in [
      (PlanStatus.strategizeQueued, PlanStatus.strategizeProcessing),
      (.executeQueued, .executeProcessing), (.applyQueued, .applyProcessing),
    ] {
      let plan = try PlanFixture.plan(status, attemptTimeout: .seconds(90))
      for (seconds, expiry) in [(60, now.adding(.seconds(60))), (600, end)] {
        let claim = PlanCommand.claim("w", until: now.adding(.seconds(seconds)))
        let after = try plan.applying(claim, at: now).plan
        #expect(after.status == processing && after.progress.lease?.end == end)
        #expect(after.progress.lease?.expiresAt == expiry)
      }
      let unlimited = try PlanFixture.plan(status)
      let lease = try unlimited.applying(.claim("w", until: end), at: now).plan.progress.lease
      #expect(lease?.end == nil && lease?.expiresAt == end)
    }
  }

  @Test("sets a new end with the first claim after waiting as well")
  func claimAfterWaiting() throws {
    let waiting = try PlanFixture.plan(.executeWaiting, attemptTimeout: .seconds(90))
    let later = now.adding(.seconds(1_000))
    let resumed = try waiting.applying(.resume, at: later).plan
    let claimed = try resumed.applying(.claim("w", until: .init(microseconds: .max)), at: later)
      .plan
    #expect(claimed.progress.attempt == waiting.progress.attempt)
    #expect(claimed.progress.lease?.end == later.adding(.seconds(90)))
    #expect(claimed.progress.lease?.expiresAt == later.adding(.seconds(90)))
  }

  @Test("refuses a renewal at the end and after it, in every phase, but a lost lease first")
  func renew() throws {
    for status in [PlanStatus.strategizeProcessing, .executeProcessing, .applyProcessing] {
      let plan = try PlanFixture.plan(status, expiresAt: now.adding(.seconds(60)), end: end)
      let token = try #require(plan.leaseToken)
      let stale = LeaseToken(plan: plan.id, epoch: token.epoch - 1)
      let before = end.adding(.microseconds(-1))
      let renewed = try plan.applying(.renew(token, until: before.adding(.seconds(60))), at: before)
      #expect(renewed.plan.progress.lease?.expiresAt == end && renewed.event == nil)
      #expect(renewed.plan.progress.lease?.end == end)
      for late in [end, end.adding(.seconds(1))] {
        #expect(throws: PlanError.attemptTimedOut(plan.id, end: end)) {
          try plan.applying(.renew(token, until: late.adding(.seconds(60))), at: late)
        }
        #expect(throws: PlanError.leaseLost(plan.id, status: status)) {
          try plan.applying(.renew(stale, until: late.adding(.seconds(60))), at: late)
        }
      }
    }
  }

  @Test("lets the holder complete after the end, until somebody reclaims the plan")
  func completeLate() throws {
    let plan = try PlanFixture.plan(.executeProcessing, expiresAt: end, end: end)
    let token = try #require(plan.leaseToken)
    let late = end.adding(.seconds(5))
    #expect(
      try plan.applying(.complete(token, result: 1), at: late).plan.status == .executeComplete)
    let reclaimed = try plan.applying(.reclaim, at: late).plan
    #expect(throws: PlanError.leaseLost(plan.id, status: .executeQueued)) {
      try reclaimed.applying(.complete(token, result: 1), at: late)
    }
  }

  @Test("fails a reclaimed attempt with the reason for which its lease expired")
  func reclaim() throws {
    let early = now.adding(.seconds(60))
    for (expiry, code) in [(end, Key.attemptTimedOut), (early, .leaseExpired)] {
      for (attempt, status) in [(1, PlanStatus.applyQueued), (3, .applyErrored)] {
        let plan = try PlanFixture.plan(
          .applyProcessing, attempt: attempt, expiresAt: expiry, end: end)
        let after = try plan.applying(.reclaim, at: end)
        let failure = try #require(after.plan.progress.failure)
        #expect(failure.code == code && failure.isRetryable && after.plan.status == status)
        #expect(after.event?.detail == .failure(failure))
        #expect(after.plan.progress.readyAt == (attempt == 1 ? end : nil))
      }
    }
  }
}
