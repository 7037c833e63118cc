/// A point in time, in whole microseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Sendable {
  /// Microseconds since the Unix epoch; negative before it.
  public let microseconds: Int64

  /// Creates a timestamp from microseconds since the Unix epoch.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Returns the time `duration` later, clamped to the range of timestamps.
  public func adding(_ duration: Duration) -> Timestamp {
    let step = duration.wholeMicroseconds
    let (sum, overflow) = microseconds.addingReportingOverflow(step)
    return Timestamp(microseconds: overflow ? (step < 0 ? .min : .max) : sum)
  }

  /// Returns the duration from `earlier` to this time, clamped to the range of 64-bit microseconds.
  public func since(_ earlier: Timestamp) -> Duration {
    let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
    return .microseconds(overflow ? (earlier.microseconds < 0 ? .max : .min) : difference)
  }
}

extension Timestamp: Comparable, CustomStringConvertible {
  /// Orders timestamps by time.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

  /// The time in RFC 3339 format, in UTC with six decimals.
  ///
  /// Years have at least four digits; years before 0 have a minus sign, as in ISO 8601.
  public var description: String {
    let (days, time) = microseconds.flooredDivision(by: 86_400_000_000)
    let (year, month, day) = Self.date(ofDay: days)
    let (seconds, micros) = time.flooredDivision(by: 1_000_000)
    let (minutes, second) = seconds.flooredDivision(by: 60)
    let (hour, minute) = minutes.flooredDivision(by: 60)
    let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    let clock = "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))"
    return "\(date)T\(clock).\(Self.padded(micros, 6))Z"
  }

  /// Returns the Gregorian date of a day that is counted from the Unix epoch.
  ///
  /// Computes in eras of 400 years (146,097 days) whose years begin in March, so that the leap day
  /// is the last day of its year.
  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (day + 719_468).flooredDivision(by: 146_097)
    let leapDays = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leapDays) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfMonth)
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (number < 0 ? "-" : "") + zeros + digits
  }
}

extension Int64 {
  /// Returns quotient and remainder; the remainder is never negative.
  fileprivate func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
