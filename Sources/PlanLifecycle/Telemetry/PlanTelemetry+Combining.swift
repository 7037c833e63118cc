extension PlanTelemetry {
  /// Creates telemetry that calls the closures of all parts, in the order of the parts.
  ///
  /// `aroundAttempt` of the first part is the outermost. A closure that no part sets is nil. The
  /// clock is that of the first part.
  ///
  /// ```swift
  /// var metrics = PlanTelemetry.none
  /// metrics.plansClaimed = { count in print("claimed", count) }
  /// var logs = PlanTelemetry.none
  /// logs.storageTrouble = { error, operation in print(operation, "failed:", error) }
  /// let system = try PlanSystem.open(
  ///   .sqlite(at: "plans.db"), telemetry: PlanTelemetry(combining: [logs, metrics]))
  /// ```
  public init(combining parts: [PlanTelemetry]) {
    self = parts.first ?? .none
    for part in parts.dropFirst() { add(part) }
  }

  private mutating func add(_ other: PlanTelemetry) {
    unitOfWorkBegan = Self.joined(unitOfWorkBegan, other.unitOfWorkBegan)
    unitOfWorkEnded = Self.joined(unitOfWorkEnded, other.unitOfWorkEnded)
    plansClaimed = Self.joined(plansClaimed, other.plansClaimed)
    attemptBegan = Self.joined(attemptBegan, other.attemptBegan)
    attemptEnded = Self.joined(attemptEnded, other.attemptEnded)
    if let outer = aroundAttempt, let inner = other.aroundAttempt {
      aroundAttempt = { assignment, handler in
        try await outer(assignment) { try await inner(assignment, handler) }
      }
    } else {
      aroundAttempt = aroundAttempt ?? other.aroundAttempt
    }
    leaseLost = Self.joined(leaseLost, other.leaseLost)
    if let first = storageTrouble, let second = other.storageTrouble {
      storageTrouble = { error, operation in
        first(error, operation)
        second(error, operation)
      }
    } else {
      storageTrouble = storageTrouble ?? other.storageTrouble
    }
    storageActivity = Self.joined(storageActivity, other.storageActivity)
  }

  private static func joined(
    _ first: (@Sendable () -> Void)?, _ second: (@Sendable () -> Void)?
  ) -> (@Sendable () -> Void)? {
    guard let first, let second else { return first ?? second }
    return {
      first()
      second()
    }
  }

  private static func joined<Value>(
    _ first: (@Sendable (Value) -> Void)?, _ second: (@Sendable (Value) -> Void)?
  ) -> (@Sendable (Value) -> Void)? {
    guard let first, let second else { return first ?? second }
    return { value in
      first(value)
      second(value)
    }
  }
}
