import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import SQLiteStorage

/// A SQLite store in a directory of its own, full of plans.
final class FileBenchmarkStore: Sendable {
  let benchmark: BenchmarkStore
  let path: String
  let registry = SQLiteEngineRegistry()
  let options: SQLiteOptions
  private let directory: URL

  init(plans count: Int, _ durability: SQLiteOptions.Durability) throws {
    directory = try TemporaryDirectories.make()
    path = directory.appending(path: "plans.db").path
    options = SQLiteOptions(durability: durability)
    benchmark = try BenchmarkStore(
      plans: count, in: .sqlite(at: path, options: options, in: registry))
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Runs the raw baseline on the file while the store is open; the two never run at once.
  func raw(_ durability: SQLiteOptions.Durability) throws -> RawSQLite {
    try RawSQLite(path, synchronous: durability == .full ? 2 : 1)
  }
}

extension Scenario {
  /// The scenarios of the SQLite store.
  static let sqlite = [
    Scenario(name: "sqlite.transition.single.normal") {
      try synchronous($0, $1, .normal, atLeast: 0.8)
    },
    Scenario(name: "sqlite.transition.single.full") {
      try synchronous($0, $1, .full, atLeast: 0.95)
    },
    Scenario(name: "sqlite.transition.async1.normal") {
      try asynchronous($0, $1, .normal, callers: 1, atLeast: 0.4)
    },
    Scenario(name: "sqlite.transition.concurrent16.full") {
      try asynchronous($0, $1, .full, callers: 16, atLeast: 4)
    },
    Scenario(name: "sqlite.transition.concurrent64.full") {
      try asynchronous($0, $1, .full, callers: 64, atLeast: 8)
    },
    Scenario(name: "sqlite.transition.concurrent256.full") {
      try asynchronous($0, $1, .full, callers: 256, atLeast: 12)
    },
    Scenario(name: "sqlite.transition.latency16.full", body: latency),
    Scenario(name: "sqlite.use", body: use),
  ]

  /// One thread that claims and releases, against the raw statements one by one.
  private static func synchronous(
    _ name: String, _ scale: Scale, _ durability: SQLiteOptions.Durability, atLeast goal: Double
  ) throws -> Measurement {
    let file = try FileBenchmarkStore(plans: min(scale.plans, 20_000), durability)
    let raw = try file.raw(durability)
    let calls = scale.calls / (durability == .full ? 40 : 10)
    let owner = LeaseOwner("bench")
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls / 2 { try file.benchmark.claimAndRelease(owner) }
    } against: {
      for _ in 0..<calls / 2 { try raw.claimAndRelease() }
    }
    let samples = try samples(scale) { _ in try file.benchmark.claimAndRelease(owner) }.map {
      $0 / 2
    }
    return Measurement(
      scenario: name, unit: "transitions", rate: found.body, samples: samples,
      baselineRate: found.baseline, ratio: found.body / found.baseline, goal: .atLeast(goal))
  }

  /// New plans with their events, against the same rows inserted with the raw statements.
  private static func use(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBenchmarkStore(plans: min(scale.plans, 20_000), .normal)
    let raw = try file.raw(.normal)
    let calls = scale.calls / 20
    let text = String(repeating: "x", count: 99)
    func use() throws {
      _ = try file.benchmark.store.writeBlocking {
        try $0.use("bench/sample", arguments: ["text": .string(text)])
      }
    }
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls { try use() }
    } against: {
      for _ in 0..<calls { try raw.use(text) }
    }
    return Measurement(
      scenario: name, unit: "plans", rate: found.body,
      samples: try samples(scale) { _ in try use() }, baselineRate: found.baseline,
      ratio: found.body / found.baseline, goal: .atLeast(0.7))
  }

  /// Tasks that claim and release, against the raw statements one by one.
  private static func asynchronous(
    _ name: String, _ scale: Scale, _ durability: SQLiteOptions.Durability, callers: Int,
    atLeast goal: Double
  ) throws -> Measurement {
    let file = try FileBenchmarkStore(plans: min(scale.plans, 20_000), durability)
    let raw = try file.raw(durability)
    let baselineCalls = scale.calls / (durability == .full ? 80 : 20)
    let calls = max(baselineCalls * (durability == .full ? 4 : 1), callers * 8)
    let clock = ContinuousClock()
    var (ours, theirs, samples): ([Double], [Double], [Duration]) = ([], [], [])
    for _ in 0..<scale.rounds {
      let baseline = try clock.measure {
        for _ in 0..<baselineCalls / 2 { try raw.claimAndRelease() }
      }
      theirs.append(Double(baselineCalls) / baseline.inSeconds)
      let (elapsed, round) = try file.benchmark.claimAndRelease(calls: calls, callers: callers)
      samples += round
      ours.append(Double(calls) / elapsed.inSeconds)
    }
    return Measurement(
      scenario: name, unit: "transitions", rate: median(ours), samples: samples.sorted(),
      baselineRate: median(theirs), ratio: median(ours) / median(theirs), goal: .atLeast(goal))
  }

  /// The 99th percentile of the time of durable transitions of sixteen tasks, in milliseconds.
  private static func latency(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBenchmarkStore(plans: min(scale.plans, 20_000), .full)
    let calls = scale.calls / 4
    let (elapsed, samples) = try file.benchmark.claimAndRelease(calls: calls, callers: 16)
    let sorted = samples.sorted()
    let p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)].inSeconds * 1000
    return Measurement(
      scenario: name, unit: "transitions", rate: Double(calls) / elapsed.inSeconds,
      samples: sorted, ratio: p99, goal: .atMost(2))
  }
}

extension BenchmarkStore {
  /// Runs `calls` claims and releases on `callers` tasks; returns the time of all and of each.
  func claimAndRelease(
    calls: Int, callers: Int
  ) throws -> (elapsed: Duration, samples: [Duration]) {
    try blocking {
      let clock = ContinuousClock()
      let start = clock.now
      let samples = try await withThrowingTaskGroup(of: [Duration].self) { group in
        for caller in 0..<callers {
          group.addTask { try await self.claimAndRelease(calls / callers / 2, caller) }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      return (clock.now - start, samples)
    }
  }

  private func claimAndRelease(_ times: Int, _ caller: Int) async throws -> [Duration] {
    let clock = ContinuousClock()
    let owner = try LeaseOwner("bench/\(caller)")
    var samples: [Duration] = []
    for _ in 0..<times {
      let start = clock.now
      let claimed = try await store.write { [actor] transaction in
        try transaction.claim(owner: owner, actors: [actor], limit: 1, leaseFor: .seconds(60))
      }
      guard let token = claimed.first?.leaseToken else { continue }
      let middle = clock.now
      try await store.write { _ = try $0.release(token) }
      samples.append(middle - start)
      samples.append(clock.now - middle)
    }
    return samples
  }
}
