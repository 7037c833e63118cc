/// The limits of sizes and counts; exceeding one throws a specific error.
public enum PlanLimits {
  /// The maximum size of one serialized JSON document: 16 MiB.
  public static let documentBytes = 16 << 20
  /// The maximum nesting depth of a JSON document.
  public static let documentDepth = 128
  /// The maximum size of one text: 256 KiB.
  public static let textBytes = 256 << 10
  /// The maximum size of one template: 64 KiB.
  public static let templateBytes = 64 << 10
  /// The maximum size of one rendered template: 256 KiB.
  public static let renderedBytes = 256 << 10
  /// The maximum size of one argument's pattern: 1 KiB.
  package static let patternBytes = 1 << 10
  /// The maximum nesting depth of a pattern's groups.
  package static let patternDepth = 32
  /// The maximum number of instructions of a compiled pattern, counted repetitions expanded.
  package static let patternInstructions = 1_000
  /// The maximum product of a text's bytes and its pattern's instructions: 4 Mi.
  ///
  /// Arguments are matched inside a unit of work, so a match must be short: at this limit it takes
  /// about a tenth of a second in the worst case.
  package static let patternSteps = 4 << 20
  /// The maximum size of an action's full name, in bytes.
  package static let actionNameBytes = 128
  /// The maximum number of children of one spawn.
  public static let childrenPerSpawn = 10_000
  /// The maximum number of a child's ancestors.
  public static let depth = 16
  /// The range of an action's attempt time-out: 1 millisecond to 7 days.
  public static let attemptTimeout = Duration.milliseconds(1)...Duration.seconds(7 * 86_400)
  /// The range of a failure's `retryAfter`: up to 7 days.
  public static let retryAfter = Duration.zero...Duration.seconds(7 * 86_400)
  /// The maximum time by which a released plan can be postponed: a year of 366 days.
  public static let postponement = Duration.seconds(366 * 86_400)
  /// The maximum size of a stored report of a handler; a longer one is truncated, with `…` at its
  /// end: 500 bytes.
  public static let reportBytes = 500
  /// The maximum number of labels of a plan.
  public static let labels = 16
  /// The maximum size of a plan's context, keys and values together: 4 KiB.
  public static let contextBytes = 4 << 10
  /// The range of `maxParallel`: the number of a parent's children that hold a slot at a time.
  public static let maxParallel = 1...32
  /// The valid range of a stored counter.
  ///
  /// No counter reaches its ends, so a value outside is corrupt, and a value inside can be
  /// incremented.
  package static let counters = -(1 << 53)...(1 << 53)
  /// The maximum number of reverts of a plan.
  public static let maxReverts = 3

  /// Checks a text; throws `textTooLarge`, or `invalidText` when it is required but empty.
  package static func checkText(
    _ text: String, field: String, required: Bool
  ) throws(PlanError) {
    if required && text.isEmpty {
      throw .invalidText(field: field, reason: "it is empty; write at least one character")
    }
    let bytes = text.utf8.count
    guard bytes <= textBytes else {
      throw .textTooLarge(field: field, bytes: bytes, limit: textBytes)
    }
  }
}
