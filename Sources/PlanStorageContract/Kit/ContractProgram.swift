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

/// The contract as a program: for long runs, and for the processes that it kills.
///
/// ```swift
/// exit(ContractProgram([harness]) { .journal(at: $0) }.run(Array(CommandLine.arguments.dropFirst())))
/// ```
public struct ContractProgram: Sendable {
  private let harnesses: [StorageHarness]
  private let open: @Sendable (String) throws -> StorageBackend

  /// The word after which a program does what `CrashSubject.run` says.
  public static let victimWord = "victim"

  /// A program that checks these adapters; `open` is how a victim finds its store.
  public init(
    _ harnesses: [StorageHarness], open: @escaping @Sendable (String) throws -> StorageBackend
  ) {
    self.harnesses = harnesses
    self.open = open
  }

  /// What the program says of itself.
  private var usage: String {
    """
    usage: contract [--adapter NAME]… [--only ID-PREFIX] [--seed N] [--seconds N] [--json]
           contract --list

      --adapter NAME     \(harnesses.map(\.name).joined(separator: ", ")); all of them by default
      --only ID-PREFIX   only the cases whose id begins like this
      --seed N           repeats a run
      --seconds N        goes on with seed after seed for so long, each adapter
      --json             a report as JSON instead of a table
      --list             the cases, and what each one holds stores to

    Each case is named on standard error before it runs, so that one that ends the program is
    known.

    Ends with 0 when every promise is kept, 1 when one is broken, and 2 for a wrong word. Ctrl-C
    ends it after the case under way, with what was found until then.
    """
  }

  /// Does what the words say; the exit code.
  public func run(_ words: [String]) -> Int32 {
    if words.first == Self.victimWord {
      return CrashSubject.run(Array(words.dropFirst()), open: open)
    }
    if words.contains("--help") || words.contains("-h") {
      StandardOutput.say(usage)
      return 0
    }
    var options = Options()
    if let wrong = options.read(words, adapters: harnesses.map(\.name)) {
      StandardOutput.say("contract: \(wrong)\n\n\(usage)")
      return 2
    }
    if options.lists { return list() }
    let chosen = harnesses.filter { options.adapters.isEmpty || options.adapters.contains($0.name) }
    let interrupt = Interrupt()
    // Every adapter is looked at, also after one that fails.
    let verdicts = chosen.map { check($0, options, interrupt) }
    if interrupt.hasCome { return 130 }
    return verdicts.allSatisfy { $0 } ? 0 : 1
  }

  private func list() -> Int32 {
    for promise in StorageContract.promises {
      StandardOutput.say("\(promise.id)  [\(promise.layer.rawValue)]  \(promise.obligation)")
    }
    return 0
  }

  /// Runs the contract once, or for as long as asked for; whether it was kept.
  private func check(
    _ harness: StorageHarness, _ options: Options, _ interrupt: Interrupt
  ) -> Bool {
    let clock = ContinuousClock()
    let end = options.seconds.map { clock.now + .seconds($0) }
    var (seed, rounds, tally) = (options.seed, 0, ContractTally())
    var skipped: [(id: String, reason: String)] = []
    repeat {
      if interrupt.hasCome { break }
      let report = StorageContract.verify(
        harness, seed: seed, only: { $0.hasPrefix(options.only) },
        willRun: { StandardOutput.say("\($0) (seed \(seed))", on: STDERR_FILENO) },
        while: { !interrupt.hasCome })
      tally = tally + report.tally
      skipped = report.skipped
      rounds += 1
      if !report.holds || end == nil { printReport(report, options) }
      if !report.holds { return false }
      if end != nil, rounds.isMultiple(of: 10) {
        StandardOutput.say(Self.summary(of: harness.name, rounds: rounds, tally, skipped: []))
      }
      seed += 1
    } while !interrupt.hasCome && (end.map { clock.now < $0 } ?? false)
    if end != nil {
      StandardOutput.say(Self.summary(of: harness.name, rounds: rounds, tally, skipped: skipped))
    }
    return true
  }

  private func printReport(_ report: ContractReport, _ options: Options) {
    StandardOutput.say(options.isJSON ? report.json.serialized() : report.table)
  }

  /// What a long run says of one adapter: what was done, and at its end what could not be checked.
  package static func summary(
    of adapter: String, rounds: Int, _ tally: ContractTally,
    skipped: [(id: String, reason: String)]
  ) -> String {
    let done =
      "\(tally.operations) operations, \(tally.histories) histories, \(tally.kills) kills"
    let first = "\(adapter): \(rounds) rounds, \(done), every promise kept that was checked"
    let rest = skipped.map { "  skipped: \($0.id): \($0.reason)" }
    return ([first] + rest).joined(separator: "\n")
  }

  /// What the words say.
  private struct Options {
    var adapters: Set<String> = []
    var only = ""
    var seed: UInt64 = 1
    var seconds: Int?
    var isJSON = false
    var lists = false

    /// Reads the words; what is wrong with them, if something is.
    mutating func read(_ words: [String], adapters known: [String]) -> String? {
      var rest = words[...]
      while let word = rest.popFirst() {
        switch word {
        case "--json": isJSON = true
        case "--list": lists = true
        case "--adapter", "--only", "--seed", "--seconds":
          guard let value = rest.popFirst() else { return "\(word) needs a value" }
          if let wrong = set(word, value, known) { return wrong }
        default: return "there is no option '\(word)'"
        }
      }
      return nil
    }

    private mutating func set(_ word: String, _ value: String, _ known: [String]) -> String? {
      switch word {
      case "--adapter":
        guard known.contains(value) else { return "there is no adapter '\(value)'" }
        adapters.insert(value)
      case "--only":
        guard StorageContract.promises.contains(where: { $0.id.hasPrefix(value) }) else {
          return "no case begins with '\(value)'"
        }
        only = value
      case "--seed":
        guard let number = UInt64(value) else { return "--seed needs a number, not '\(value)'" }
        seed = number
      default:
        guard let number = Int(value), number > 0 else {
          return "--seconds needs a number above 0, not '\(value)'"
        }
        seconds = number
      }
      return nil
    }
  }
}

/// Ctrl-C, noticed instead of suffered.
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

  var hasCome: Bool { flag.isSet.withLock { $0 } }
}
