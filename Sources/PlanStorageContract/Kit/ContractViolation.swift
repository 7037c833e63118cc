/// A violated obligation: the case, the step, the expected and the actual result.
public struct ContractViolation: Error, Hashable, Sendable, CustomStringConvertible {
  /// The id of the case.
  public let caseID: String
  /// The violated obligation.
  public let obligation: String
  /// The seed of the random choices; the same seed repeats the run.
  public let seed: UInt64
  /// The step at which the violation was found.
  public let step: String
  /// The result that the obligation requires.
  public let expected: String
  /// The result of the store.
  public let got: String
  /// The steps before, oldest first.
  public let history: [String]

  /// A text of several lines with all properties; of the history, the last 40 steps.
  public var description: String {
    let lines = [
      "\(caseID) (seed \(seed)): \(obligation)", "  at: \(step)", "  expected: \(expected)",
      "  got: \(got)",
    ]
    let past = history.suffix(40).map { "    \($0)" }
    let cut = history.count > 40 ? ["    … \(history.count - 40) earlier steps"] : []
    return (lines + (past.isEmpty ? [] : ["  after:"] + cut + past)).joined(separator: "\n")
  }
}
