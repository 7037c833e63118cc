public import PlanDomain

/// How much was done to find out.
public struct ContractTally: Hashable, Sendable {
  /// Reads and writes of random sequences, and of threads.
  public internal(set) var operations = 0
  /// Recorded histories that were checked.
  public internal(set) var histories = 0
  /// Processes that were killed.
  public internal(set) var kills = 0

  /// Nothing done.
  public init() {}

  /// Both together.
  public static func + (a: ContractTally, b: ContractTally) -> ContractTally {
    var sum = a
    sum.operations += b.operations
    sum.histories += b.histories
    sum.kills += b.kills
    return sum
  }
}

/// What became of every case of one adapter.
public struct ContractReport: Sendable {
  /// What became of one case.
  public enum Outcome: Hashable, Sendable {
    /// The promise was kept.
    case passed
    /// The promise was broken.
    case failed(ContractViolation)
    /// The case does not apply, for this reason.
    case skipped(String)
  }

  /// One case.
  public struct Line: Sendable {
    /// The id of the case.
    public let id: String
    /// What became of it.
    public let outcome: Outcome
    /// How long it took.
    public let seconds: Double
  }

  /// The adapter's name.
  public let adapter: String
  /// What repeats the run.
  public let seed: UInt64
  /// The cases, in order.
  public let lines: [Line]
  /// How much was done.
  public let tally: ContractTally

  /// Whether no promise was broken.
  public var holds: Bool { violations.isEmpty }

  /// The broken promises.
  public var violations: [ContractViolation] {
    lines.compactMap { if case .failed(let violation) = $0.outcome { violation } else { nil } }
  }

  /// The cases that do not apply, each with the reason.
  public var skipped: [(id: String, reason: String)] {
    lines.compactMap {
      if case .skipped(let reason) = $0.outcome { ($0.id, reason) } else { nil }
    }
  }

  /// The report as a document for programs.
  public var json: JSONValue {
    [
      "adapter": .string(adapter), "seed": .string("\(seed)"), "holds": .bool(holds),
      "skipped": .integer(Int64(skipped.count)),
      "operations": .integer(Int64(tally.operations)),
      "histories": .integer(Int64(tally.histories)), "kills": .integer(Int64(tally.kills)),
      "cases": .array(lines.map(\.json)),
    ]
  }

  /// The report as a table for people, one line for each case.
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
    let verdict = holds ? "keeps all that was checked" : "breaks \(violations.count) promises"
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
