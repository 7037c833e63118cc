import Foundation
import PlanStorage
import PlanStorageContract
import Planwright
import Synchronization

/// `planctl store verify`: looks through a store and says what does not fit together.
struct StoreCommand {
  static let help = """
    Usage: planctl store verify LOCATION

    Looks through the store at LOCATION (as in sqlite:plans.db): every plan's events lead to
    where the plan is, everything that is referred to is there, the counts that parents keep of
    their children are true, and the file itself is whole. Nothing is changed, unless the schema
    is an older one: it is brought up to date first, as at every opening.

    Exit status: 0 everything fits together; 1 something does not, one line each, or the store
    cannot be read; 2 the command is wrong; 130 it was interrupted.

    """

  private let location: String
  private let console: Console

  /// Reads the words after `store`; throws a sentence naming the word that is wrong.
  init(_ words: [String], _ console: Console) throws(UsageError) {
    self.console = console
    guard let first = words.first else {
      throw UsageError("store: what to do is missing; write planctl store verify LOCATION")
    }
    guard first == "verify" else {
      throw UsageError("store: there is no command '\(first)'; write planctl store verify LOCATION")
    }
    guard words.count > 1 else {
      throw UsageError("store verify: the location is missing, as in sqlite:plans.db")
    }
    guard words.count == 2 else {
      throw UsageError("store verify: one location was expected, not also '\(words[2])'")
    }
    location = words[1]
  }

  /// Verifies the store; the exit status.
  func run() throws -> Int32 {
    let backend: StorageBackend
    do { backend = try StorageBackend(location: location) } catch {
      throw UsageError("store verify: \(error)")
    }
    let engine = try backend.openExisting()
    defer { try? engine.close() }
    guard engine.traits.isDurable else {
      throw UsageError("store verify: what is in '\(location)' ends with its process")
    }
    let progress = Progress(console, isTerminal: isatty(STDERR_FILENO) == 1)
    let interrupts = Interrupts { progress.interrupt() }
    defer { interrupts.end() }
    do {
      let maintenance = StoreMaintenance(engine: engine, location: location)
      let problems = try problems(of: engine, maintenance) { try progress.show($0) }
      progress.clear()
      for problem in problems { console.output("\(problem)\n") }
      let plans = "\(progress.plans) plan\(progress.plans == 1 ? "" : "s")"
      guard problems.isEmpty else {
        console.error("\(location): \(plans), \(problems.count) problems\n")
        return 1
      }
      console.output("\(location): \(plans), everything fits together\n")
      return 0
    } catch is Interrupted {
      progress.clear()
      console.error("planctl: interrupted after \(progress.plans) plans\n")
      return 128 + (interrupts.received ?? SIGINT)
    }
  }

  private func problems(
    of engine: any StorageEngine, _ maintenance: StoreMaintenance,
    _ progress: @escaping @Sendable (Int) throws -> Void
  ) throws -> [String] {
    let below =
      maintenance.supports(.integrityCheck)
      ? try maintenance.integrityCheckBlocking().problems : []
    let inside = try engine.read { try StoreCheck.problems(in: $0, progress: progress) }
    return below + inside.map(\.description)
  }
}

/// The user wants it to end.
private struct Interrupted: Error {}

/// How far it has got: a line that is written over on a terminal, nothing elsewhere.
private final class Progress: Sendable {
  private let console: Console
  private let isTerminal: Bool
  private let state = Mutex((plans: 0, isInterrupted: false))

  init(_ console: Console, isTerminal: Bool) {
    self.console = console
    self.isTerminal = isTerminal
  }

  var plans: Int { state.withLock { $0.plans } }

  func interrupt() { state.withLock { $0.isInterrupted = true } }

  /// Throws `Interrupted` when the user wants it to end.
  func show(_ plans: Int) throws {
    let isInterrupted = state.withLock { state in
      state.plans = plans
      return state.isInterrupted
    }
    if isInterrupted { throw Interrupted() }
    if isTerminal { console.error("\r\(plans) plans…") }
  }

  func clear() { if isTerminal { console.error("\r\u{1B}[K") } }
}
