import PlanDomain
import Dispatch
public import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A command-line program that runs the contract, and that the crash cases start and kill.
///
/// ```swift
/// exit(ContractProgram([harness]) { .journal(at: $0) }.run(Array(CommandLine.arguments.dropFirst())))
/// ```
public struct ContractProgram: Sendable {
  private let harnesses: [StorageHarness]
  private let open: @Sendable (String) throws -> StorageBackend

  /// The first argument that makes a program run as the crash subject (`CrashSubject.run`).
  public static let crashSubjectCommand = "crash-subject"

  /// A program that verifies these adapters; a crash subject opens its store with `open`.
  public init(
    _ harnesses: [StorageHarness], open: @escaping @Sendable (String) throws -> StorageBackend
  ) {
    self.harnesses = harnesses
    self.open = open
  }

  private var usage: String {
    """
    Usage: contract [--adapter NAME]… [--only ID-PREFIX] [--seed N] [--seconds N] [--json]
           contract --list

    Verifies that stores meet the obligations of the storage ports.

      --adapter NAME     \(harnesses.map(\.name).joined(separator: ", ")) (default: all of them)
      --only ID-PREFIX   run only the cases whose id has this prefix
      --seed N           the seed of the random choices, which repeats a run (default: 1)
      --seconds N        repeat each adapter with increasing seeds for N seconds
      --json             print the report as JSON instead of a table
      --list             print the cases and their obligations

    Prints the id of each case to standard error before the case runs, to identify a case that
    ends the program.

    Exit status: 0 no obligation is violated; 1 an obligation is violated; 2 an option is
    invalid; 130 interrupted. Ctrl-C ends the program after the current case and prints the
    results until then.
    """
  }

  /// Runs the program with these arguments and returns the exit status.
  public func run(_ words: [String]) -> Int32 {
    if words.first == Self.crashSubjectCommand {
      return CrashSubject.run(Array(words.dropFirst()), open: open)
    }
    if words.contains("--help") || words.contains("-h") {
      StandardOutput.writeLine(usage)
      return 0
    }
    var options = Options()
    if let problem = options.parse(words, adapters: harnesses.map(\.name)) {
      StandardOutput.writeLine("contract: \(problem)\n\n\(usage)")
      return 2
    }
    if options.lists { return list() }
    let chosen = harnesses.filter { options.adapters.isEmpty || options.adapters.contains($0.name) }
    let interrupt = Interrupt()
    // A failing adapter does not prevent the verification of the others.
    let results = chosen.map { verify($0, options, interrupt) }
    if interrupt.wasReceived { return 130 }
    return results.allSatisfy { $0 } ? 0 : 1
  }

  private func list() -> Int32 {
    for item in StorageContract.definitions {
      StandardOutput.writeLine("\(item.id)  [\(item.layer.rawValue)]  \(item.obligation)")
    }
    return 0
  }

  /// Runs the contract once or for `options.seconds`; whether no obligation was violated.
  private func verify(
    _ harness: StorageHarness, _ options: Options, _ interrupt: Interrupt
  ) -> Bool {
    let clock = ContinuousClock()
    let end = options.seconds.map { clock.now + .seconds($0) }
    var (seed, rounds, tally) = (options.seed, 0, ContractTally())
    var skipped: [(id: String, reason: String)] = []
    repeat {
      if interrupt.wasReceived { break }
      let report = StorageContract.verify(
        harness, seed: seed, only: { $0.hasPrefix(options.only) },
        willRun: { StandardOutput.writeLine("\($0) (seed \(seed))", on: STDERR_FILENO) },
        while: { !interrupt.wasReceived })
      tally = tally + report.tally
      skipped = report.skipped
      rounds += 1
      if !report.holds || end == nil { printReport(report, options) }
      if !report.holds { return false }
      if end != nil, rounds.isMultiple(of: 10) {
        StandardOutput.writeLine(Self.summary(of: harness.name, rounds: rounds, tally, skipped: []))
      }
      seed += 1
    } while !interrupt.wasReceived && (end.map { clock.now < $0 } ?? false)
    if end != nil {
      StandardOutput.writeLine(
        Self.summary(of: harness.name, rounds: rounds, tally, skipped: skipped))
    }
    return true
  }

  private func printReport(_ report: ContractReport, _ options: Options) {
    StandardOutput.writeLine(options.isJSON ? report.json.serialized() : report.table)
  }

  /// The summary of a long run of one adapter: counts, and the skipped cases with their reasons.
  package static func summary(
    of adapter: String, rounds: Int, _ tally: ContractTally,
    skipped: [(id: String, reason: String)]
  ) -> String {
    let counts =
      "\(tally.operations) operations, \(tally.histories) histories, \(tally.kills) kills"
    let first = "\(adapter): \(rounds) rounds, \(counts), no verified obligation is violated"
    let rest = skipped.map { "  skipped: \($0.id): \($0.reason)" }
    return ([first] + rest).joined(separator: "\n")
  }

  /// The options of the command line.
  private struct Options {
    var adapters: Set<String> = []
    var only = ""
    var seed: UInt64 = 1
    var seconds: Int?
    var isJSON = false
    var lists = false

    /// Parses the words; returns what is invalid, or nil.
    mutating func parse(_ words: [String], adapters: [String]) -> String? {
      var rest = words[...]
      while let word = rest.popFirst() {
        switch word {
        case "--json": isJSON = true
        case "--list": lists = true
        case "--adapter", "--only", "--seed", "--seconds":
          guard let value = rest.popFirst() else { return "\(word): missing value" }
          if let problem = set(word, value, adapters) { return problem }
        default: return "unknown option '\(word)'"
        }
      }
      return nil
    }

    private mutating func set(_ word: String, _ value: String, _ names: [String]) -> String? {
      switch word {
      case "--adapter":
        guard names.contains(value) else {
          return "--adapter: unknown adapter '\(value)'; choose one of "
            + names.joined(separator: ", ")
        }
        adapters.insert(value)
      case "--only":
        guard StorageContract.definitions.contains(where: { $0.id.hasPrefix(value) }) else {
          return "--only: no case id has the prefix '\(value)'; '--list' prints the ids"
        }
        only = value
      case "--seed":
        guard let number = UInt64(value) else {
          return "--seed: expected a number, not '\(value)'"
        }
        seed = number
      default:
        guard let number = Int(value), number > 0 else {
          return "--seconds: expected a number above 0, not '\(value)'"
        }
        seconds = number
      }
      return nil
    }
  }
}

/// Records SIGINT instead of ending the process.
private final class Interrupt {
  private final class Flag: Sendable {
    let isSet = Locked(false)
  }
  private let flag = Flag()
  private let source: any DispatchSourceSignal

  init() {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { [flag] in flag.isSet.withLock { $0 = true } }
    source.resume()
  }

  deinit {
    source.cancel()
    signal(SIGINT, SIG_DFL)
  }

  var wasReceived: Bool { flag.isSet.withLock { $0 } }
}
