/// What a check for damage found.
public struct IntegrityReport: Hashable, Sendable {
  /// A sentence for each problem, in the words of the store; empty for a sound one.
  public let problems: [String]
  /// Whether the check stopped at its limit, so that there may be more problems.
  public let isTruncated: Bool

  /// Reports problems.
  public init(problems: [String], isTruncated: Bool = false) {
    self.problems = problems
    self.isTruncated = isTruncated
  }

  /// Whether no problem was found.
  public var isSound: Bool { problems.isEmpty }
}
