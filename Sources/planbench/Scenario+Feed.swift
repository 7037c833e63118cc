import Foundation
import PlanDomain
import PlanLifecycle
import Planwright
import SQLiteStorage

extension Scenario {
  /// Feeds and tasks that wait for what other processes commit.
  static let feed = [
    Scenario(name: "feed.latency", body: latency),
    Scenario(name: "feed.idle", body: idle),
  ]

  /// The time from the beginning of a unit of work in another process until a feed returns its
  /// event, for commits at random intervals.
  ///
  /// The ratio is the 99th percentile in milliseconds.
  private static func latency(_ name: String, _ scale: Scale) throws -> Measurement {
    let fixture = try FeedFixture()
    let samples = try fixture.latencies(commits: max(40, scale.calls / 200)).sorted()
    let slow = samples[min(samples.count - 1, samples.count * 99 / 100)]
    return Measurement(
      scenario: name, unit: "events", samples: samples, ratio: slow.inSeconds * 1_000,
      goal: .atMost(50))
  }

  /// The processor time that ten feeds and a hundred waiting tasks need while nothing happens.
  ///
  /// The ratio is the percentage of one core.
  private static func idle(_ name: String, _ scale: Scale) throws -> Measurement {
    let fixture = try FeedFixture()
    let seconds = max(1, scale.calls / 10_000)
    let share = try fixture.idleShare(seconds: UInt32(seconds), feeds: 10, tasks: 100)
    return Measurement(
      scenario: name, unit: "percent", ratio: share * 100, goal: .atMost(0.5))
  }
}

/// A store on disk, and another process that writes to it.
final class FeedFixture: Sendable {
  /// Commits do not wait for the disk, whose time would be measured otherwise.
  private static let options = SQLiteOptions(durability: .normal)
  private let system: PlanSystem
  private let directory: URL
  private let path: String

  init() throws {
    directory = try TemporaryDirectories.make()
    path = directory.appending(path: "plans.db").path
    system = try PlanSystem.open(.sqlite(at: path, options: Self.options))
    let actor: ActorName = "nobody"
    try system.plans.writeBlocking { transaction in
      try transaction.createAction(
        ActionDefinition(
          name: "bench/fed", description: "do it", definitionOfDone: "done",
          actors: Actors(strategy: actor, execution: actor), arguments: .none, automation: .auto))
    }
  }

  deinit {
    try? system.close()
    try? FileManager.default.removeItem(at: directory)
  }

  /// The times from the units of work of another process until a feed returned their events.
  func latencies(commits: Int) throws -> [Duration] {
    let writer = Process()
    writer.executableURL = Bundle.main.executableURL
    writer.arguments = [Self.writerOption, path, "\(commits)"]
    try writer.run()
    let latencies = try blocking { [system] in
      var latencies: [Duration] = []
      // All processes have the same clock.
      for try await change in system.plans.changes(after: .start) {
        latencies.append(SystemTimeSource().now().since(change.event.at))
        if latencies.count == commits { break }
      }
      return latencies
    }
    writer.waitUntilExit()
    return latencies
  }

  /// The share of one core that the process uses while feeds and tasks wait and nothing happens.
  func idleShare(seconds: UInt32, feeds: Int, tasks: Int) throws -> Double {
    let plans = try system.plans.writeBlocking { transaction in
      try (0..<tasks).map { _ in try transaction.use("bench/fed").id }
    }
    let cursor = try system.plans.readBlocking { try $0.latestCursor() }
    let waiting = (0..<feeds).map { [system] _ in
      Task { for try await _ in system.plans.changes(after: cursor) {} }
    }
    let results = plans.map { [system] plan in
      Task { _ = try await system.plans.handle(for: plan).result() }
    }
    // They have read what there is.
    sleep(1)
    let (clock, before) = (ContinuousClock(), Self.processorTime())
    let elapsed = clock.measure { sleep(seconds) }
    let used = Self.processorTime() - before
    for task in waiting + results { task.cancel() }
    return used / elapsed.inSeconds
  }

  /// The processor time of this process in seconds.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static let writerOption = "--feed-writer"

  /// Writes as the other process, if the arguments ask for it; returns false otherwise.
  static func run(_ words: ArraySlice<String>) throws -> Bool {
    guard words.count == 3, words.first == writerOption,
      let commits = words.last.flatMap({ Int($0) })
    else { return false }
    let system = try PlanSystem.open(
      .sqlite(at: words[words.startIndex + 1], options: options))
    for _ in 0..<commits {
      usleep(UInt32.random(in: 2_000...48_000))
      try system.plans.writeBlocking { try $0.use("bench/fed") }
    }
    try system.close()
    return true
  }
}
