import Foundation
import PlanDomain
import PlanStorage
import Planwright
import TestSupport

/// Kills readers of a store's feed again and again, and resumes each after the last event that it
/// was given, while three processes commit with eight writers; in the end each reader must have
/// been given every event of the store once, in order.
struct FeedRounds {
  /// The number of writers in each process.
  private static let writers = [3, 3, 2]
  private static let readers = 3

  private let rounds: Int
  /// Whether readers resume after the last event but one, which the comparison must find.
  private let isForgetful: Bool
  private let seed: UInt64

  init(_ words: [String]) {
    rounds = Int(KillRounds.value("--rounds", words) ?? 20)
    isForgetful = words.contains("--forgetful")
    seed = KillRounds.value("--seed", words) ?? UInt64.random(in: 0..<1_000_000)
    say("repeat with --seed \(seed)")
  }

  func run() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let system = try PlanSystem.open(.sqlite(at: path))
    try system.plans.writeBlocking { try $0.createAction(try Fixture.action()) }
    let writing = try Self.writers.enumerated().map { number, count in
      try TestProcess("feed-writer", path, "\(count)", "\(seed + UInt64(number))")
    }
    for process in writing { process.waitUntilReady() }
    let given = try race(Self.readers) { [self] number in
      var random = SeededGenerator(seed: seed + UInt64(number))
      var reader = KilledReader(path: path, isForgetful: isForgetful)
      let share = (rounds + number) / Self.readers
      for _ in 0..<share {
        // Half of the readers are killed while they open the store, or shortly after that.
        let count = Bool.random(using: &random) ? Int.random(in: 1...40, using: &random) : 0
        let pause = UInt32.random(in: 0...50_000, using: &random)
        try reader.read(pause: pause) { $0.count >= count }
      }
      return reader
    }
    var committed = 0
    for process in writing {
      try process.goOn()
      committed += process.lines().compactMap { Int($0) }.last ?? 0
    }
    let events = try stored(in: system)
    try system.close()
    guard events.count == committed else {
      throw TestError("\(events.count) events are stored, \(committed) were acknowledged")
    }
    for reader in given { try check(reader, against: events) }
    say("\(rounds) kills, \(events.count) events, each given once and in order")
  }

  /// Lets the reader read to the end, then compares.
  private func check(_ reader: KilledReader, against events: [String]) throws {
    var reader = reader
    if reader.given.last != events.last {
      try reader.read(pause: 0) { $0.last == events.last }
    }
    if let index = zip(reader.given, events).enumerated().first(where: { $1.0 != $1.1 })?.offset {
      throw TestError(
        "event \(index) is \(events[index]), the reader was given \(reader.given[index])")
    }
    guard reader.given.count == events.count else {
      throw TestError("the reader was given \(reader.given.count) events of \(events.count)")
    }
  }

  /// All events of the store, as readers print them.
  private func stored(in system: PlanSystem) throws -> [String] {
    var (lines, cursor): ([String], EventCursor) = ([], .start)
    while true {
      let page = try system.plans.readBlocking { [cursor] in try $0.events(after: cursor) }
      guard let last = page.last else { return lines }
      lines += page.map(Self.line)
      cursor = last.cursor
    }
  }

  private static func line(_ recorded: RecordedEvent) -> String {
    "\(recorded.cursor) \(recorded.event.plan) \(recorded.event.sequence)"
  }
}

/// A reader that is killed and resumed, and the events that it was given.
private struct KilledReader: Sendable {
  let path: String
  let isForgetful: Bool
  private(set) var given: [String] = []

  init(path: String, isForgetful: Bool) {
    self.path = path
    self.isForgetful = isForgetful
  }

  /// The cursor to resume from.
  private var cursor: Substring {
    let last = isForgetful ? given.dropLast().last : given.last
    return last?.prefix { $0 != " " } ?? "\(EventCursor.start)"
  }

  /// Starts a process that reads, waits until it has printed enough events, and kills it after a
  /// pause in microseconds.
  mutating func read(pause: UInt32, until isEnough: ([String]) -> Bool) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = ["feed-reader", path, String(cursor)]
    let (input, pipe) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = pipe
    try process.run()
    var output = Data()
    while !isEnough(Self.lines(of: output)) {
      let more = pipe.fileHandleForReading.availableData
      if more.isEmpty { break }
      output += more
    }
    usleep(pause)
    kill(process.processIdentifier, SIGKILL)
    output += pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let lines = Self.lines(of: output)
    if let error = lines.first(where: { $0.hasPrefix("error") }) { throw TestError(error) }
    given += lines
  }

  /// The events that were printed; one whose line was cut off does not count as given.
  private static func lines(of output: Data) -> [String] {
    String(decoding: output, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).dropLast().map(String.init)
  }
}

/// The programs of the other processes.
extension FeedRounds {
  /// Prints the events after a cursor, past and future, until it is killed or its input ends.
  static func read(_ path: String, after text: String) throws {
    let system = try PlanSystem.open(.sqlite(at: path))
    let cursor = try EventCursor(text)
    Task {
      do {
        for try await change in system.plans.changes(after: cursor) { say(line(change)) }
      } catch {
        say("error \(error)")
      }
      exit(1)
    }
    _ = readLine()
  }

  /// Commits until a line comes, then prints the number of events that it has committed; the words
  /// after the path are the number of writers and a seed.
  static func write(_ path: String, _ words: [String]) throws {
    let numbers = words.compactMap { UInt64($0) }
    guard numbers.count == 2 else {
      throw TestError("the number of writers and a seed are missing")
    }
    let (writers, seed) = (Int(numbers[0]), numbers[1])
    let system = try PlanSystem.open(
      .sqlite(at: path, options: SQLiteOptions(durability: .normal, busyTimeout: .seconds(1_800))))
    let isOver = Locked(false)
    let committed = Locked(0)
    let threads = (0..<writers).map { writer in
      DedicatedThread {
        var random = SeededGenerator(seed: seed * 10 + UInt64(writer))
        while !isOver.withLock({ $0 }) {
          let events = try commit(in: system, &random)
          committed.withLock { $0 += events }
          usleep(UInt32.random(in: 0...20_000, using: &random))
        }
      }
    }
    say("ready")
    _ = readLine()
    isOver.withLock { $0 = true }
    for thread in threads { try thread.join() }
    say(committed.withLock { $0 })
    try system.close()
  }

  /// Commits one to three units of work for a new plan; returns the number of their events.
  private static func commit(
    in system: PlanSystem, _ random: inout SeededGenerator
  ) throws -> Int {
    var plan = try system.plans.writeBlocking { try $0.use("sample") }
    let id = plan.id
    if Bool.random(using: &random) {
      plan = try system.plans.writeBlocking { transaction in
        let claimed = try transaction.claim(
          id, owner: LeaseOwner("feed/1"), leaseFor: .seconds(3_600))
        return try claimed.leaseToken.map { try transaction.release($0) } ?? claimed
      }
    }
    if Bool.random(using: &random) {
      plan = try system.plans.writeBlocking { try $0.cancel(id, reason: "enough") }
    }
    return plan.version
  }
}
