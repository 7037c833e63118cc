/// How large things may be; each limit has an error of its own.
public enum PlanLimits {
  /// One JSON document, serialized: 16 MiB.
  public static let documentBytes = 16 << 20
  /// How deep a JSON document may be nested.
  public static let documentDepth = 128
  /// One text: 256 KiB.
  public static let textBytes = 256 << 10
  /// One template: 64 KiB.
  public static let templateBytes = 64 << 10
  /// One rendered template: 256 KiB.
  public static let renderedBytes = 256 << 10
  /// The pattern of one argument: 1 KiB.
  package static let patternBytes = 1 << 10
  /// How deep the groups of a pattern may be nested.
  package static let patternDepth = 32
  /// The size of a compiled pattern, counted repetitions written out.
  package static let patternInstructions = 1_000
  /// The bytes of a text times the size of the pattern that it is matched with: 4 Mi.
  ///
  /// A use is checked inside of its unit of work, so a match must not take long: this much takes about
  /// a tenth of a second at worst.
  package static let patternSteps = 4 << 20
  /// The name of an action, slash included.
  package static let actionNameBytes = 128
  /// The children of one spawn.
  public static let childrenPerSpawn = 10_000
  /// How many plans may stand above a child.
  public static let depth = 16
  /// How many children of one parent may hold a slot at a time.
  public static let maxParallel = 1...32
  /// What a stored counter may be: nothing counts further, so that a number beyond is damage, and
  /// one within can be counted on from.
  package static let counters = -(1 << 53)...(1 << 53)
  /// How often a plan may go back to strategize.
  public static let maxReverts = 3

  /// Checks a text of its own field; throws `textTooLarge`, or `invalidText` when it is empty but
  /// required.
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
