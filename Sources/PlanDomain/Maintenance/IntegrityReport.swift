/// The result of an integrity check.
public struct IntegrityReport: Hashable, Sendable {
  /// One sentence for each problem, as the store reports it; empty when there is none.
  public let problems: [String]
  /// Whether the check stopped at its limit, so that more problems may exist.
  public let isTruncated: Bool

  /// Creates a report.
  public init(problems: [String], isTruncated: Bool = false) {
    self.problems = problems
    self.isTruncated = isTruncated
  }

  /// Whether no problem was found.
  public var isSound: Bool { problems.isEmpty }
}
