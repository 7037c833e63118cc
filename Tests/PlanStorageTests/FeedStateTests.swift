import PlanDomain
import PlanStorage
import TestSupport
import Testing

@Suite("The state of a feed")
struct FeedStateTests {
  @Test("refuses a cursor when a purge since may have removed an event after it, and no other")
  func check() throws {
    let state = FeedState(latest: 20, removed: 9, purges: 3)
    // Every cursor, and whether it is refused.
    for position in 0...20 as ClosedRange<Int64> {
      for purges in [nil, 0, 1, 2, 3] as [Int64?] {
        let cursor = EventCursor(position: position, purges: purges)
        let isOvertaken = cursor != .start && (purges ?? 0) < 3 && position < 9
        let error = outcome { try state.check(cursor) }.failure as? PlanError
        let expected = PlanError.cursorExpired(
          resumeAt: EventCursor(position: position, purges: 3))
        #expect(error == (isOvertaken ? expected : nil), "\(cursor)")
      }
    }
    #expect(state.latestCursor == EventCursor(position: 20, purges: 3))
  }

  @Test("refuses a cursor that the store never had, with the beginning to go on from")
  func unknown() throws {
    let state = FeedState(latest: 20, removed: 9, purges: 3)
    for cursor in [
      EventCursor(position: 21), EventCursor(position: 500, purges: 0),
      EventCursor(position: 0, purges: 4), EventCursor(position: 20, purges: 99),
      EventCursor(position: .max, purges: .max),
    ] {
      let error = outcome { try state.check(cursor) }.failure as? PlanError
      #expect(error == .cursorUnknown(cursor) && error?.resumeAt == .start, "\(cursor)")
    }
    #expect(outcome { try FeedState.empty.check(EventCursor(position: 1)) }.failure != nil)
    for cursor in [EventCursor.start, EventCursor(position: 0, purges: 0)] {
      #expect(outcome { try FeedState.empty.check(cursor) }.failure == nil)
    }
  }
}
