/// A broken promise: which one, where, what was expected and what came.
public struct ContractViolation: Error, Hashable, Sendable, CustomStringConvertible {
  /// The id of the case.
  public let caseID: String
  /// The obligation that was not met.
  public let obligation: String
  /// What repeats the run.
  public let seed: UInt64
  /// What was being done.
  public let step: String
  /// What the promise calls for.
  public let expected: String
  /// What the store did.
  public let got: String
  /// What had been done until then, oldest first.
  public let history: [String]

  /// All of it, for people.
  public var description: String {
    let lines = [
      "\(caseID) (seed \(seed)): \(obligation)", "  at: \(step)", "  expected: \(expected)",
      "  got: \(got)",
    ]
    let past = history.suffix(40).map { "    \($0)" }
    let cut = history.count > 40 ? ["    … \(history.count - 40) before that"] : []
    return (lines + (past.isEmpty ? [] : ["  after:"] + cut + past)).joined(separator: "\n")
  }
}
