/// The number of attempts of a phase, and the delays between them.
public struct RetryPolicy: Hashable, Sendable {
  /// The total number of attempts, the first one included: 1…100.
  public let attempts: Int
  /// The delay after the first failure, in microseconds.
  package let baseMicroseconds: Int64
  /// The maximum delay, in microseconds.
  package let capMicroseconds: Int64

  /// Three attempts; delays from one second to five minutes.
  public static let standard = RetryPolicy(
    uncheckedAttempts: 3, base: 1_000_000, cap: 300_000_000)
  /// One attempt and no retry.
  public static let never = RetryPolicy(uncheckedAttempts: 1, base: 0, cap: 0)

  /// Creates a policy with delays of zero to seven days and `base` not above `cap`.
  ///
  /// The delay doubles after each failure, from `base` up to `cap`, and is then reduced by up to
  /// half at random, so that plans that failed together are retried at different times.
  ///
  /// ```swift
  /// let patient = try RetryPolicy(attempts: 8, base: .seconds(10), cap: .seconds(3600))
  /// ```
  ///
  /// - Throws: ``PlanError/Code/outOfRange`` with the field if `attempts` is not between 1 and 100,
  ///   if a delay is not between 0 and 7 days, or if `base` is above `cap`.
  public init(
    attempts: Int, base: Duration = .seconds(1), cap: Duration = .seconds(300)
  ) throws(PlanError) {
    guard (1...100).contains(attempts) else {
      throw .outOfRange(field: "retry.attempts", reason: "must be between 1 and 100")
    }
    guard base >= .zero, cap <= .seconds(7 * 86_400) else {
      throw .outOfRange(field: "retry", reason: "must have delays between 0 and 7 days")
    }
    guard base <= cap else {
      throw .outOfRange(field: "retry.base", reason: "must not be above the cap")
    }
    self.init(
      uncheckedAttempts: attempts, base: base.wholeMicroseconds, cap: cap.wholeMicroseconds)
  }

  private init(uncheckedAttempts attempts: Int, base: Int64, cap: Int64) {
    self.attempts = attempts
    baseMicroseconds = base
    capMicroseconds = cap
  }

  /// Returns the delay after this number of failed attempts: doubled, capped, then jittered.
  ///
  /// `jitter` is a number in 0..<1 from the host's source of randomness. The delay is between half
  /// of the capped value and all of it, so that plans that failed together are retried at different
  /// times. A jitter below 0 counts as 0; one above 1, or NaN, counts as 1.
  package func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
    let doublings = min(max(attempt, 1), 63) - 1
    let (grown, overflow) = baseMicroseconds.multipliedReportingOverflow(by: 1 << doublings)
    let whole = overflow ? capMicroseconds : min(grown, capMicroseconds)
    let share = jitter.isNaN ? 1 : 0.5 + 0.5 * min(max(jitter, 0), 1)
    return .microseconds(Int64(Double(whole) * share))
  }
}

extension Duration {
  /// The duration in whole microseconds, truncated towards zero and clamped to the range of Int64.
  package var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return overflowed ? (seconds < 0 ? .min : .max) : sum
  }
}
