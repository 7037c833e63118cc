public import PlanDomain

/// Counts of what the model, concurrent and crash cases did.
public struct ContractTally: Hashable, Sendable {
  /// The number of reads and writes in random sequences and on racing threads.
  public internal(set) var operations = 0
  /// The number of recorded histories that were checked.
  public internal(set) var histories = 0
  /// The number of processes that were killed.
  public internal(set) var kills = 0

  /// A tally of zeros.
  public init() {}

  /// The sums of the counts.
  public static func + (a: ContractTally, b: ContractTally) -> ContractTally {
    var sum = a
    sum.operations += b.operations
    sum.histories += b.histories
    sum.kills += b.kills
    return sum
  }
}

/// The outcomes of the cases for one adapter.
public struct ContractReport: Sendable {
  /// The outcome of one case.
  public enum Outcome: Hashable, Sendable {
    /// The obligation is met.
    case passed
    /// The obligation is violated.
    case failed(ContractViolation)
    /// The case does not apply, for this reason.
    case skipped(String)
  }

  /// The outcome and the duration of one case.
  public struct Line: Sendable {
    /// The id of the case.
    public let id: String
    /// The outcome.
    public let outcome: Outcome
    /// The duration in seconds.
    public let seconds: Double
  }

  /// The name of the adapter.
  public let adapter: String
  /// The seed of the random choices; the same seed repeats the run.
  public let seed: UInt64
  /// The cases, in the order in which they ran.
  public let lines: [Line]
  /// The counts of what the cases did.
  public let tally: ContractTally

  /// Whether no obligation is violated.
  public var holds: Bool { violations.isEmpty }

  /// The violated obligations.
  public var violations: [ContractViolation] {
    lines.compactMap { if case .failed(let violation) = $0.outcome { violation } else { nil } }
  }

  /// The cases that do not apply, each with the reason.
  public var skipped: [(id: String, reason: String)] {
    lines.compactMap {
      if case .skipped(let reason) = $0.outcome { ($0.id, reason) } else { nil }
    }
  }

  /// The report as JSON.
  public var json: JSONValue {
    [
      "adapter": .string(adapter), "seed": .string("\(seed)"), "holds": .bool(holds),
      "skipped": .integer(Int64(skipped.count)),
      "operations": .integer(Int64(tally.operations)),
      "histories": .integer(Int64(tally.histories)), "kills": .integer(Int64(tally.kills)),
      "cases": .array(lines.map(\.json)),
    ]
  }

  /// The report as a text with one line for each case, a failed one followed by its violation.
  public var table: String {
    let width = lines.map(\.id.count).max() ?? 0
    let rows = lines.map { line in
      let name = line.id + String(repeating: " ", count: width - line.id.count)
      return switch line.outcome {
      case .passed: "\(name)  passed   \(line.milliseconds) ms"
      case .failed(let violation): "\(name)  FAILED\n\(violation)"
      case .skipped(let reason): "\(name)  skipped  \(reason)"
      }
    }
    let done = "\(tally.operations) operations, \(tally.histories) histories, \(tally.kills) kills"
    let verdict =
      holds
      ? "meets all verified obligations" : "violates \(violations.count) obligations"
    let passed = lines.count - violations.count - skipped.count
    let counts = "\(passed) passed, \(violations.count) failed, \(skipped.count) skipped"
    return (rows + ["\(adapter) \(verdict) (seed \(seed); \(counts); \(done))"]).joined(
      separator: "\n")
  }
}

extension ContractReport.Line {
  fileprivate var milliseconds: Int { Int(seconds * 1_000) }

  fileprivate var json: JSONValue {
    var members: [JSONObject.Member] = [("id", .string(id))]
    switch outcome {
    case .passed: members.append(("outcome", "passed"))
    case .skipped(let reason):
      members += [("outcome", "skipped"), ("reason", .string(reason))]
    case .failed(let violation):
      members += [
        ("outcome", "failed"), ("step", .string(violation.step)),
        ("expected", .string(violation.expected)), ("got", .string(violation.got)),
        ("history", .array(violation.history.map { .string($0) })),
      ]
    }
    members.append(("milliseconds", .integer(Int64(milliseconds))))
    return .object((try? JSONObject(members)) ?? [:])
  }
}
