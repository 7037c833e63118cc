@testable import PlanDomain
import Testing

@Suite("What a command does besides the status")
struct ProgressTests {
  let later = PlanFixture.now.adding(.seconds(5))

  @Test("A claim counts an attempt and gives a new epoch; a release takes the attempt back")
  func claimAndRelease() throws {
    let queued = try PlanFixture.plan(.strategizeQueued, attempt: 0)
    let claimed = try queued.applying(
      .claim(LeaseOwner("w/1"), until: later), at: PlanFixture.now
    ).plan
    #expect(claimed.progress.attempt == 1 && claimed.progress.epoch == 6)
    #expect(claimed.leaseToken == LeaseToken(plan: claimed.id, epoch: 6))
    #expect(claimed.progress[times: .strategize].startedAt == PlanFixture.now)
    let released = try claimed.applying(
      .release(try #require(claimed.leaseToken)), at: later
    ).plan
    #expect(released.progress.attempt == 0 && released.progress.epoch == 7)
    #expect(released.progress.readyAt == later && released.leaseToken == nil)
  }

  @Test("After waiting the same attempt goes on")
  func sameAttemptAfterWaiting() throws {
    let parent = try PlanFixture.plan(.executeProcessing, attempt: 2)
    let token = try #require(parent.leaseToken)
    let round = ChildRound(number: 1, schedule: .standard, total: 1, ended: 0, holding: 1)
    let waiting = try parent.applying(.spawn(token, round), at: later).plan
    let resumed = try waiting.applying(.resume, at: later).plan
    let claimed = try resumed.applying(.claim(LeaseOwner("w/2"), until: later), at: later).plan
    #expect(claimed.progress.attempt == 2 && claimed.progress.checkpoint != nil)
  }

  @Test("A checkpoint outlives attempts and ends with the phase")
  func checkpoints() throws {
    let plan = try PlanFixture.plan(.executeProcessing)
    let token = try #require(plan.leaseToken)
    let checkpoint = try Plan.Checkpoint(step: Key("two"), data: 2)
    let kept = try plan.applying(.checkpoint(token, checkpoint), at: later).plan
    #expect(kept.progress.checkpoint == checkpoint)
    let failed = try kept.applying(
      .fail(token, try PlanFixture.failure(isRetryable: true), jitter: 1), at: later
    ).plan
    #expect(failed.progress.checkpoint == checkpoint)
    #expect(failed.progress.readyAt == later.adding(.seconds(1)))
    let done = try kept.applying(.complete(token, result: "r"), at: later).plan
    #expect(done.progress.checkpoint == nil && done.progress.result(of: .execute) == "r")
  }

  @Test("A retry begins a phase afresh and leaves the failure to history")
  func retry() throws {
    let plan = try PlanFixture.plan(.executeProcessing)
    let token = try #require(plan.leaseToken)
    let errored = try plan.applying(
      .fail(token, try PlanFixture.failure(isRetryable: false), jitter: 0), at: later
    ).plan
    #expect(errored.endedAt == later)
    let again = try errored.applying(.retry, at: later).plan
    #expect(again.progress.attempt == 0 && again.progress.failure == nil)
    #expect(
      again.progress[times: .execute] == PhaseTimes(queuedAt: later, startedAt: nil, endedAt: nil))
  }

  @Test("A cancelled or constrained plan tells its parent why")
  func reasons() throws {
    let plan = try PlanFixture.plan(.applyProcessing)
    let token = try #require(plan.leaseToken)
    let constrained = try plan.applying(.constrain(token, reason: "no room"), at: later)
    #expect(constrained.plan.progress.failure?.code == .constrained)
    #expect(constrained.event?.detail == .reason("no room"))
    let cancelled = try plan.applying(.cancel(reason: "stop"), at: later).plan
    #expect(cancelled.progress.failure?.message == "stop" && cancelled.progress.epoch == 6)
  }

  @Test("Going back to strategize forgets the children, but never uses their round again")
  func revertForgetsRounds() throws {
    let waiting = try PlanFixture.plan(.executeWaiting)
    let resumed = try waiting.applying(.resume, at: later).plan
    let reverted = try resumed.applying(.revert(reason: "other children"), at: later).plan
    #expect(reverted.progress.round?.number == 1 && reverted.progress.round?.total == 0)
  }

  @Test("Values that stores put together again are equal and hash alike")
  func equality() throws {
    let plan = try PlanFixture.plan(.executeProcessing)
    let snapshot = try PlanFixture.snapshot()
    let copy = Plan(
      definition: PlanFixture.definition(action: snapshot), progress: plan.progress)
    #expect(plan == copy && plan.hashValue == copy.hashValue)
    #expect(plan.definition.action !== copy.definition.action)
    #expect(snapshot.hashValue == copy.definition.action.hashValue)
    let position = ChildPosition(
      parent: plan.id, root: plan.id, depth: 1, round: 1, index: 0, key: Key("a"), dependsOn: []
    )
    let same = ChildPosition(
      parent: plan.id, root: plan.id, depth: 1, round: 1, index: 0, key: Key("a"), dependsOn: []
    )
    #expect(position == same && position.hashValue == same.hashValue)
    let waiting = try PlanFixture.plan(.executeWaiting)
    #expect(waiting.hashValue == (try PlanFixture.plan(.executeWaiting)).hashValue)
    #expect(waiting != plan)
    #expect(PlanFixture.definition(action: snapshot, position: position).root == plan.id)
  }
}
