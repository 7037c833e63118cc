import Foundation
import PlanDomain
import TestSupport
import Testing

@Suite("Timestamps and delays")
struct TimeTests {
  @Test(
    "A timestamp is written as in RFC 3339",
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
      (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
      (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
      (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999Z"),
      (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
      (Int64.max, "294247-01-10T04:00:54.775807Z"),
      (Int64.min, "-290308-12-21T19:59:05.224192Z"),
    ])
  func description(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).description == text)
  }

  @Test("A timestamp is written as the calendar of Foundation has it, since it is Gregorian")
  func calendar() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<500 {
      let seconds = Int64.random(in: -12_200_000_000...250_000_000_000, using: &random)
      let date = Date(timeIntervalSince1970: Double(seconds))
      let expected = date.formatted(.iso8601).replacing("Z", with: ".000000Z")
      #expect(Timestamp(microseconds: seconds * 1_000_000).description == expected)
    }
  }

  @Test("Time arithmetic stays at the ends of the range instead of wrapping round")
  func saturation() {
    let (first, last) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
    #expect(last.adding(.seconds(1)) == last && first.adding(.seconds(-1)) == first)
    #expect(last.since(first) == .microseconds(Int64.max))
    #expect(first.since(last) == .microseconds(Int64.min))
    #expect(Timestamp(microseconds: 5).since(Timestamp(microseconds: 2)) == .microseconds(3))
    #expect(Duration(secondsComponent: .max, attosecondsComponent: 0).wholeMicroseconds == .max)
    #expect(Duration(secondsComponent: .min, attosecondsComponent: 0).wholeMicroseconds == .min)
    let edge = Duration(
      secondsComponent: Int64.max / 1_000_000, attosecondsComponent: 999_999_999_999_999_999)
    #expect(edge.wholeMicroseconds == .max)
    #expect((.zero - edge).wholeMicroseconds < -9_223_372_036_854_000_000)
  }

  @Test("Delays double up to the cap, and jitter keeps them between half and whole")
  func delays() throws {
    let policy = try RetryPolicy(attempts: 9, base: .seconds(1), cap: .seconds(10))
    let whole = (1...6).map { policy.delay(afterAttempt: $0, jitter: 1) }
    #expect(whole == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
    #expect(policy.delay(afterAttempt: 1, jitter: 0) == .milliseconds(500))
    #expect(policy.delay(afterAttempt: .max, jitter: 7) == .seconds(10))
    #expect(policy.delay(afterAttempt: -3, jitter: -1) == .milliseconds(500))
    #expect(RetryPolicy.never.delay(afterAttempt: 1, jitter: 0.5) == .zero)
    let standard = try RetryPolicy(attempts: 3)
    #expect(standard == .standard)
  }

  // Fails (the process ends) when such a number is converted to an integer.
  @Test(
    "Jitter that is no number between 0 and 1 counts as the nearest end, or as 1",
    arguments: [
      (Double.nan, 10), (.signalingNaN, 10), (.infinity, 10), (-.infinity, 5), (-.nan, 10),
      (.greatestFiniteMagnitude, 10), (-0.0, 5),
    ])
  func jitter(jitter: Double, seconds: Int) throws {
    let policy = try RetryPolicy(attempts: 9, base: .seconds(10), cap: .seconds(10))
    #expect(policy.delay(afterAttempt: 1, jitter: jitter) == .seconds(seconds))
    let longest = try RetryPolicy(attempts: 9, base: .zero, cap: .seconds(7 * 86_400))
    #expect(longest.delay(afterAttempt: .min, jitter: jitter) == .zero)
  }

  @Test("A round with an invalid count has no more slots than its schedule")
  func slots() {
    for (holding, free) in [(0, 4), (3, 1), (9, 0), (-1, 4), (Int.min, 4), (.max, 0)] {
      let round = ChildRound(number: 1, schedule: .standard, total: 9, ended: 0, holding: holding)
      #expect(round.freeSlots == free)
    }
  }

  @Test("A retry policy out of its range is refused")
  func policies() {
    #expect(errorCode { try RetryPolicy(attempts: 0) } == "outOfRange")
    #expect(errorCode { try RetryPolicy(attempts: 101) } == "outOfRange")
    #expect(errorCode { try RetryPolicy(attempts: 1, base: .seconds(-1)) } == "outOfRange")
    #expect(errorCode { try RetryPolicy(attempts: 1, cap: .seconds(8 * 86_400)) } == "outOfRange")
    #expect(
      errorCode {
        try RetryPolicy(attempts: 1, base: .seconds(2), cap: .seconds(1))
      } == "outOfRange")
  }
}
