import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport

/// The processes that tests start beside themselves: to race for a file, to be killed, to run into
/// limits that would end a test with its process.
@main
struct TestProcessCommand {
  static func main() throws {
    // What a limit of the system's would end, is to end with an error.
    signal(SIGXFSZ, SIG_IGN)
    let words = Array(CommandLine.arguments.dropFirst())
    do {
      switch (words.first, words.dropFirst().first) {
      case ("open", let path?): try open(path)
      case ("claim", let path?): try claim(path, words.last ?? "")
      case ("register", let path?): try register(path, attempts: Int(words.last ?? "") ?? 1)
      case ("write", let path?): try write(path)
      case ("hold", let path?): try hold(path, isExclusive: words.last == "exclusive")
      case ("backup", let path?): try backUp(path, to: words.last ?? "")
      case ("limited", let path?): try writeLimited(path, bytes: UInt(words.last ?? "") ?? 0)
      case ("fork", let path?): try fork(path)
      case ("nobody", let path?): try openAsNobody(path)
      case ("nobody-looks", let path?): try lookAsNobody(path)
      case ("low-memory", _): try starve()
      case ("migrate", let path?):
        try MigrationRounds.migrate(path, killedAt: Int(words.last ?? ""))
      case ("migrations", let path?): try MigrationRounds(path, words).run()
      case ("golden", let path?): try GoldenStore.write(path)
      case ("kill", _): try killRounds(words)
      case ("disk", _): try diskRounds(words)
      case ("feed", _): try FeedRounds(words).run()
      case ("feed-reader", let path?): try FeedRounds.read(path, after: words.last ?? "")
      case ("feed-writer", let path?): try FeedRounds.write(path, words)
      case ("crash-subject", _): exit(crashSubject(words) { $0 })
      case ("acknowledgesEarly", _):
        exit(crashSubject(words) { AcknowledgesEarlyEngine($0) })
      case ("keepsEveryFourth", _):
        exit(crashSubject(words) { AcknowledgesEarlyEngine($0, committingEvery: 4) })
      case ("commitsEachWrite", _): exit(crashSubject(words) { CommitsEachWriteEngine($0) })
      case ("crashing-contract", _): crashInContract()
      default:
        say(
          "usage: SQLiteTestProcess kill [--rounds N] [--seed N] | disk [--rounds N] [--seed N], or what tests say"
        )
        exit(2)
      }
    } catch {
      say("error \((error as? StorageError)?.code.rawValue ?? "other"): \(error)")
      exit(1)
    }
  }

  /// Copies a store, and is killed before the copy is complete.
  private static func backUp(_ path: String, to copy: String) throws {
    let store = try SQLiteEngineRegistry().open(path)
    try store.backup(to: copy) { _, _ in raise(SIGKILL) }
  }

  /// Writes until it is killed, through an engine around that of SQLite.
  private static func crashSubject(
    _ words: [String], around: @escaping @Sendable (any StorageEngine) -> any StorageEngine
  ) -> Int32 {
    CrashSubject.run(Array(words.dropFirst())) { location in
      let backend = try StorageBackend(sqliteLocation: location)
      return BackendFactory.make(location) { around(try backend.open()) }
    }
  }

  /// Checks a store with which a case does not end.
  private static func crashInContract() {
    let harness = StorageHarness(
      name: "crashing",
      traits: StorageTraits(latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
    ) {
      FreshStore(
        BackendFactory.make("crashing") {
          raise(SIGKILL); throw CancellationError()
        })
    }
    _ = ContractProgram([harness]) { try StorageBackend(sqliteLocation: $0) }
      .run(["--only", "store.shared"])
  }

  private static func diskRounds(_ words: [String]) throws {
    var rounds = DiskRounds(words)
    try rounds.run()
  }

  private static func killRounds(_ words: [String]) throws {
    var rounds = KillRounds(words)
    try rounds.run()
  }

  /// How long processes that get in each other's way wait, on a busy machine too.
  private static let patience = Duration.seconds(1_800)

  private static func open(_ path: String) throws {
    let store = try SQLiteEngineRegistry().open(path, SQLiteOptions(busyTimeout: patience))
    let count = try store.read { try $0.counts(in: .all).total }
    say("opened \(count)")
    try store.close()
  }

  /// Claims until nothing is left; a line for each plan.
  private static func claim(_ path: String, _ name: String) throws {
    let store = try SQLiteEngineRegistry().open(
      path, SQLiteOptions(durability: .normal, busyTimeout: patience))
    let plans = PlanLifecycleService(engine: store, environment: TestEnvironment().environment)
    let (owner, actor) = (try LeaseOwner("\(name)/1"), try Fixture.actor())
    say("ready")
    _ = readLine()
    while true {
      let claimed = try plans.writeBlocking { work in
        try work.claim(owner: owner, actors: [actor], limit: 7, leaseFor: .seconds(3_600))
      }
      if claimed.isEmpty { break }
      for plan in claimed { say(plan.id) }
    }
    try store.close()
  }

  /// Registers an action as a program does that starts.
  private static func register(_ path: String, attempts: Int) throws {
    let store = try SQLiteEngineRegistry().open(path, SQLiteOptions(busyTimeout: patience))
    let plans = PlanLifecycleService(engine: store, environment: TestEnvironment().environment)
    let definition = try Fixture.action(retry: RetryPolicy(attempts: attempts))
    say("ready")
    _ = readLine()
    let action = try plans.writeBlocking { try $0.register(definition) }
    say("version \(action.version), \(action.definition.retry.attempts) attempts")
    try store.close()
  }

  /// Stores pairs of plans for ever; a line for each pair that was acknowledged.
  private static func write(_ path: String) throws {
    let store = try SQLiteEngineRegistry().open(path)
    let action = try AtomicPairs.action(in: store)
    var number = UInt64(try store.read { try $0.counts(in: .all).total }) / 2
    say("ready")
    while true {
      try AtomicPairs.store(number, in: store, action)
      say(number)
      number += 1
    }
  }

  /// Opens a store, and ends without closing it once a line comes: its log stays.
  private static func hold(_ path: String, isExclusive: Bool) throws {
    let store = try SQLiteEngineRegistry().open(path, SQLiteOptions(exclusive: isExclusive))
    _ = try AtomicPairs.action(in: store)
    say("ready")
    _ = readLine()
    kill(getpid(), SIGKILL)
  }

  /// Stores pairs until the file may not grow any more, then one that fits.
  private static func writeLimited(_ path: String, bytes: UInt) throws {
    let store = try SQLiteEngineRegistry().open(path)
    let action = try AtomicPairs.action(in: store)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: .max)
    setrlimit(limitedResource, &limit)
    var number: UInt64 = 0
    while true {
      do { try AtomicPairs.store(number, in: store, action) } catch {
        say("refused \((error as? StorageError)?.code.rawValue ?? "other")")
        break
      }
      say(number)
      number += 1
    }
    limit.rlim_cur = .max
    setrlimit(limitedResource, &limit)
    try AtomicPairs.store(number, in: store, action)
    say("went on \(number)")
    try store.close()
  }

  /// Opens the store as a user who owns nothing.
  private static func openAsNobody(_ path: String) throws {
    guard setgid(65_534) == 0, setuid(65_534) == 0 else { return say("cannot be nobody") }
    do { try open(path) } catch {
      say("error \((error as? StorageError)?.code.rawValue ?? "other")")
      say("\(error)")
    }
  }

  /// Reads the store as a user who owns nothing.
  private static func lookAsNobody(_ path: String) throws {
    guard setgid(65_534) == 0, setuid(65_534) == 0 else { return say("cannot be nobody") }
    do {
      let store = try SQLiteEngineRegistry().openReadOnly(path)
      say("found \(try store.read { try $0.counts(in: .all).total })")
      try store.close()
    } catch {
      say("error \((error as? StorageError)?.code.rawValue ?? "other")")
      say("\(error)")
    }
  }

  /// Opens and uses a store with less and less memory for SQLite, then with all of it.
  private static func starve() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let acknowledged = try SQLiteHeap.starve(path)
    let store = try SQLiteEngineRegistry().open(path)
    let stored = try store.read { try $0.counts(in: .all).total }
    let isWhole = try store.integrityCheck().isSound && stored == 2 * acknowledged
    say(isWhole ? "whole" : "stored \(stored), acknowledged \(acknowledged)")
    try store.close()
  }

  /// Uses the store in a child process.
  private static func fork(_ path: String) throws {
    let store = try SQLiteEngineRegistry().open(path)
    // Not in Swift's view of the library, for good reasons; a host may be forked all the same.
    guard let symbol = dlsym(nil, "fork") else { return say("no fork here") }
    let fork = unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)
    let child = fork()
    if child == 0 {
      let codes = [
        outcome { try store.read { try $0.counts(in: .all).total } },
        outcome { try store.write { try $0.counts(in: .all).total } },
      ].map { ($0.failure as? StorageError)?.code.rawValue ?? "none" }
      say(codes.joined(separator: " "))
      _exit(0)
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    say("parent \(try store.read { try $0.counts(in: .all).total })")
    try store.close()
  }
}

/// Prints a line at once, so that a process that is killed has printed it.
func say(_ line: some CustomStringConvertible) {
  FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

#if os(Linux)
  private let limitedResource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  private let limitedResource = RLIMIT_FSIZE
#endif
