import Dispatch
import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import SQLiteStorage

/// A SQLite store in a directory of its own, full of plans.
final class FileBed: Sendable {
  let bed: Bed
  let path: String
  private let directory: URL

  init(plans count: Int, _ durability: SQLiteOptions.Durability) throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "planbench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    path = directory.appending(path: "plans.db").path
    bed = try Bed(
      plans: count,
      in: .sqlite(
        at: path, options: SQLiteOptions(durability: durability), in: SQLiteEngineRegistry()))
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Lets the raw baseline work on the file while the store is open: neither ever has work under
  /// way while the other one has.
  func raw(_ durability: SQLiteOptions.Durability) throws -> RawSQLite {
    try RawSQLite(path, synchronous: durability == .full ? 2 : 1)
  }
}

extension Scenario {
  /// The scenarios of the SQLite store.
  static let sqlite = [
    Scenario(name: "sqlite.transition-normal") { try synchronous($0, $1, .normal, atLeast: 0.8) },
    Scenario(name: "sqlite.transition-full") { try synchronous($0, $1, .full, atLeast: 0.95) },
    Scenario(name: "sqlite.async-1-normal") {
      try asynchronous($0, $1, .normal, callers: 1, atLeast: 0.4)
    },
    Scenario(name: "sqlite.async-16-full") {
      try asynchronous($0, $1, .full, callers: 16, atLeast: 4)
    },
    Scenario(name: "sqlite.async-64-full") {
      try asynchronous($0, $1, .full, callers: 64, atLeast: 8)
    },
    Scenario(name: "sqlite.async-256-full") {
      try asynchronous($0, $1, .full, callers: 256, atLeast: 12)
    },
    Scenario(name: "sqlite.latency-16-full", body: latency),
    Scenario(name: "sqlite.read", body: sqliteRead),
    Scenario(name: "sqlite.page", body: sqlitePage),
    Scenario(name: "sqlite.open", body: sqliteOpen),
    Scenario(name: "sqlite.memory", body: sqliteMemory),
  ]

  /// One thread that claims and releases, against the raw statements one by one.
  private static func synchronous(
    _ name: String, _ scale: Scale, _ durability: SQLiteOptions.Durability, atLeast goal: Double
  ) throws -> Measurement {
    let file = try FileBed(plans: min(scale.plans, 20_000), durability)
    let raw = try file.raw(durability)
    let calls = scale.calls / (durability == .full ? 40 : 10)
    let owner = try Owner("bench")
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls / 2 { try file.bed.claimAndRelease(owner) }
    } against: {
      for _ in 0..<calls / 2 { try raw.claimAndRelease() }
    }
    return Measurement(
      scenario: name, unit: "transitions", rate: found.body, baselineRate: found.baseline,
      ratio: found.body / found.baseline, goal: .atLeast(goal))
  }

  /// Tasks that claim and release, against the raw statements one by one.
  private static func asynchronous(
    _ name: String, _ scale: Scale, _ durability: SQLiteOptions.Durability, callers: Int,
    atLeast goal: Double
  ) throws -> Measurement {
    let file = try FileBed(plans: min(scale.plans, 20_000), durability)
    let raw = try file.raw(durability)
    let baselineCalls = scale.calls / (durability == .full ? 80 : 20)
    let calls = max(baselineCalls * (durability == .full ? 4 : 1), callers * 8)
    let clock = ContinuousClock()
    var (ours, theirs): ([Double], [Double]) = ([], [])
    for _ in 0..<scale.rounds {
      let baseline = try clock.measure {
        for _ in 0..<baselineCalls / 2 { try raw.claimAndRelease() }
      }
      theirs.append(Double(baselineCalls) / baseline.inSeconds)
      let (elapsed, _) = try file.bed.claimAndRelease(calls: calls, callers: callers)
      ours.append(Double(calls) / elapsed.inSeconds)
    }
    return Measurement(
      scenario: name, unit: "transitions", rate: median(ours), baselineRate: median(theirs),
      ratio: median(ours) / median(theirs), goal: .atLeast(goal))
  }

  /// How long sixteen tasks wait for a durable transition: the 99th of a hundred, in milliseconds.
  private static func latency(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBed(plans: min(scale.plans, 20_000), .full)
    let calls = scale.calls / 4
    let (elapsed, samples) = try file.bed.claimAndRelease(calls: calls, callers: 16)
    let sorted = samples.sorted()
    let p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)].inSeconds * 1000
    return Measurement(
      scenario: name, unit: "transitions", rate: Double(calls) / elapsed.inSeconds,
      samples: sorted, ratio: p99, goal: .atMost(2))
  }

  /// Whole plans by id, in random order, against stepping through the same columns.
  private static func sqliteRead(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBed(plans: min(scale.plans, 20_000), .normal)
    let raw = try file.raw(.normal)
    let calls = scale.calls / 4
    let order = (0..<calls).map { _ in file.bed.ids.randomElement() ?? file.bed.ids[0] }
    let bytes = order.map { id in
      withUnsafeBytes(of: (id.ulid.high.bigEndian, id.ulid.low.bigEndian)) { Array($0) }
    }
    let found = try rates(scale, calls: calls) {
      for id in order { _ = try file.bed.store.read { try $0.plan(id) } }
    } against: {
      for id in bytes { try raw.read(id) }
    }
    return Measurement(
      scenario: name, unit: "reads", rate: found.body, baselineRate: found.baseline,
      ratio: found.baseline / found.body, goal: .atMost(2.5))
  }

  /// A page of fifty from a large store, against one from a store a hundredth its size.
  private static func sqlitePage(_ name: String, _ scale: Scale) throws -> Measurement {
    let (large, small) = try (
      FileBed(plans: scale.plans, .normal), FileBed(plans: scale.plans / 100, .normal)
    )
    let calls = scale.calls / 200
    func pages(_ file: FileBed) throws {
      for _ in 0..<calls {
        _ = try file.bed.store.read {
          try $0.plans(matching: PlanQuery(PlanFilter(state: .queued)))
        }
      }
    }
    let found = try rates(scale, calls: calls) {
      try pages(large)
    } against: {
      try pages(small)
    }
    return Measurement(
      scenario: name, unit: "pages", rate: found.body, baselineRate: found.baseline,
      ratio: found.baseline / found.body, goal: .atMost(1.5))
  }

  /// Opening a large store, in milliseconds.
  private static func sqliteOpen(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBed(plans: scale.plans, .normal)
    try file.bed.store.close()
    let clock = ContinuousClock()
    let samples = try (0..<20).map { _ in
      try clock.measure {
        let engine = try SQLiteEngineRegistry().open(file.path)
        _ = try engine.read { try $0.plan(file.bed.ids[0]) }
        try engine.close()
      }
    }.sorted()
    return Measurement(
      scenario: name, unit: "ms", samples: samples, ratio: samples[10].inSeconds * 1000,
      goal: .atMost(20))
  }

  /// What the process grows by while a store gets ten times as many plans, in MB.
  private static func sqliteMemory(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBed(plans: scale.plans / 10, .normal)
    for id in file.bed.ids.prefix(1_000) { _ = try file.bed.store.read { try $0.plan(id) } }
    let before = residentBytes()
    var ids = 0
    for _ in 0..<9 { ids += try file.bed.add(plans: scale.plans / 10).count }
    let grown = Double(residentBytes() - before) / 1_048_576
    return Measurement(scenario: name, unit: "MB", ratio: grown, goal: .atMost(16))
  }
}

extension Bed {
  /// Runs so many claims and releases on so many tasks; how long it took in all and each.
  fileprivate func claimAndRelease(
    calls: Int, callers: Int
  ) throws -> (elapsed: Duration, samples: [Duration]) {
    let done = DispatchSemaphore(value: 0)
    let outcome = Guarded<Result<(Duration, [Duration]), any Error>?>(nil)
    Task {
      do {
        let clock = ContinuousClock()
        let start = clock.now
        let samples = try await withThrowingTaskGroup(of: [Duration].self) { group in
          for caller in 0..<callers {
            group.addTask { try await self.claimAndRelease(calls / callers / 2, caller) }
          }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = clock.now - start
        outcome.withLock { $0 = .success((elapsed, samples)) }
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
      done.signal()
    }
    done.wait()
    guard let outcome = outcome.withLock({ $0 }) else { return (.zero, []) }
    return try outcome.get()
  }

  private func claimAndRelease(_ times: Int, _ caller: Int) async throws -> [Duration] {
    let clock = ContinuousClock()
    let owner = try Owner("bench/\(caller)")
    var samples: [Duration] = []
    for _ in 0..<times {
      let start = clock.now
      let claimed = try await store.write { [actor] work in
        try work.claim(owner: owner, actors: [actor], limit: 1, leaseFor: .seconds(60))
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
