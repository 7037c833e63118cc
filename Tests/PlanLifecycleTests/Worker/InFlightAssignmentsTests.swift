import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("The assignments that a worker has claimed")
struct InFlightAssignmentsTests {
  private func token(_ number: UInt64) -> LeaseToken {
    LeaseToken(plan: Plan.ID(ULID(high: 0, low: number)), epoch: 1)
  }

  // A claim that was rolled back never happened, so the next claim of the plan has the same lease. If
  // the first one is forgotten only then, the handler of the second must not seem to have lost it.
  @Test("stay when an earlier claim with the same lease is undone")
  func undo() {
    let inFlight = InFlightAssignments()
    let (ending, claimed) = (token(1), token(2))
    inFlight.insert(ending, end: nil)
    let first = inFlight.insert(claimed, end: nil, inSlotOf: ending)
    #expect(inFlight.count == 1)
    inFlight.insert(claimed, end: nil)
    inFlight.undo(first, inSlotOf: ending)
    #expect(!inFlight.isLost(claimed) && inFlight.count == 2)
    let other = inFlight.insert(token(3), end: nil)
    inFlight.insert(token(3), end: nil)
    inFlight.undo(other)
    #expect(!inFlight.isLost(token(3)))
  }

  @Test("are gone when their own claim is undone")
  func undoOwn() {
    let inFlight = InFlightAssignments()
    inFlight.insert(token(1), end: nil)
    let next = inFlight.insert(token(2), end: nil, inSlotOf: token(1))
    inFlight.undo(next, inSlotOf: token(1))
    #expect(inFlight.isLost(token(2)) && inFlight.tokens == [token(1)] && inFlight.count == 1)
    inFlight.undo(inFlight.insert(token(2), end: nil))
    #expect(inFlight.count == 1)
  }
}
