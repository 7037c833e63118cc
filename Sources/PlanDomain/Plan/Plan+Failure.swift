extension Plan {
  /// The reason why an attempt or a plan did not succeed.
  public struct Failure: Hashable, Sendable {
    /// The code, for programs.
    public let code: Key
    /// The message, for people.
    public let message: String
    /// Details, for programs.
    public let detail: JSONValue?
    /// Whether another attempt could succeed.
    public let isRetryable: Bool
    /// The delay before the next attempt, in whole microseconds; nil for that of the retry policy.
    ///
    /// Has no effect on a failure that is not retryable, or that is the last attempt's.
    public let retryAfter: Duration?

    /// Creates a failure.
    ///
    /// A fraction of a microsecond of `retryAfter` is dropped. The message and the detail are
    /// stored as they are, in the plan's history and in backups: put no secret into them.
    ///
    /// ```swift
    /// let failure = try Plan.Failure(
    ///   code: "rateLimited", message: "the service allows 10 calls a minute", isRetryable: true,
    ///   retryAfter: .seconds(60))
    /// ```
    ///
    /// - Throws: ``PlanError/Code/textTooLarge`` if the message has more than 256 KiB;
    ///   ``PlanError/Code/documentTooLarge`` if the detail has more than 16 MiB as JSON;
    ///   ``PlanError/Code/invalidJSON`` if it is nested more than 128 deep;
    ///   ``PlanError/Code/outOfRange`` if `retryAfter` is not between 0 and 7 days.
    public init(
      code: Key, message: String, detail: JSONValue? = nil, isRetryable: Bool,
      retryAfter: Duration? = nil
    ) throws(PlanError) {
      try PlanLimits.checkText(message, field: "failure.message", required: false)
      try detail?.checked(field: "failure.detail")
      if let retryAfter, !PlanLimits.retryAfter.contains(retryAfter) {
        throw .outOfRange(field: "failure.retryAfter", reason: "must be between 0 and 7 days")
      }
      self.init(
        uncheckedCode: code, message: message, detail: detail, isRetryable: isRetryable,
        retryAfter: retryAfter.map { .microseconds($0.wholeMicroseconds) })
    }

    package init(
      uncheckedCode code: Key, message: String, detail: JSONValue?, isRetryable: Bool,
      retryAfter: Duration? = nil
    ) {
      self.code = code
      self.message = message
      self.detail = detail
      self.isRetryable = isRetryable
      self.retryAfter = retryAfter
    }
  }
}

extension Plan.Failure {
  /// The failure of an attempt whose lease expired and was reclaimed.
  static let leaseExpired = Plan.Failure(
    uncheckedCode: .leaseExpired,
    message: "the worker's lease expired before it reported an outcome", detail: nil,
    isRetryable: true)

  /// The failure of an attempt that reached its time-out and whose lease was reclaimed.
  static let attemptTimedOut = Plan.Failure(
    uncheckedCode: .attemptTimedOut,
    message: "the attempt reached its time-out before its worker reported an outcome", detail: nil,
    isRetryable: true)

  /// The failure of an attempt whose lease an operator evicted, with the operator's reason.
  static func leaseEvicted(_ reason: String) -> Plan.Failure {
    Plan.Failure(uncheckedCode: .leaseEvicted, message: reason, detail: nil, isRetryable: true)
  }
}

extension ShortText where Rule == KeyRule {
  /// The code of a plan that could not be applied for a reason outside it.
  public static var constrained: Key { Key(unchecked: "constrained") }
  /// The code of a plan that was cancelled.
  public static var cancelled: Key { Key(unchecked: "cancelled") }
  /// The code of an attempt whose lease expired.
  public static var leaseExpired: Key { Key(unchecked: "leaseExpired") }
  /// The code of an attempt that reached its time-out.
  public static var attemptTimedOut: Key { Key(unchecked: "attemptTimedOut") }
  /// The code of an attempt whose lease an operator evicted.
  public static var leaseEvicted: Key { Key(unchecked: "leaseEvicted") }
}
