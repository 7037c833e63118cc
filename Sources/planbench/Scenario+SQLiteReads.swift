import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import SQLiteStorage

extension Scenario {
  /// The scenarios of reads.
  static let sqliteReads = [
    Scenario(name: "sqlite.read", body: sqliteRead),
    Scenario(name: "sqlite.page", body: sqlitePage),
    Scenario(name: "sqlite.claim", body: sqliteClaim),
    Scenario(name: "sqlite.counts", body: sqliteCounts),
    Scenario(name: "sqlite.open", body: sqliteOpen),
    Scenario(name: "sqlite.resident", body: sqliteResident),
  ]

  /// Whole plans by id, in random order, against stepping through the same columns.
  private static func sqliteRead(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBenchmarkStore(plans: min(scale.plans, 20_000), .normal)
    let raw = try file.raw(.normal)
    let calls = scale.calls / 4
    let order = (0..<calls).map { _ in file.benchmark.ids.randomElement() ?? file.benchmark.ids[0] }
    let bytes = order.map { id in
      withUnsafeBytes(of: (id.ulid.high.bigEndian, id.ulid.low.bigEndian)) { Array($0) }
    }
    let found = try rates(scale, calls: calls) {
      for id in order { _ = try file.benchmark.store.readBlocking { try $0.plan(id) } }
    } against: {
      for id in bytes { try raw.read(id) }
    }
    let samples = try samples(scale) { number in
      _ = try file.benchmark.store.readBlocking { try $0.plan(order[number % order.count]) }
    }
    return Measurement(
      scenario: name, unit: "reads", rate: found.body, samples: samples,
      baselineRate: found.baseline,
      ratio: found.baseline / found.body, goal: .atMost(2.5))
  }

  /// A page of fifty from a large store, against one from a store a hundredth its size.
  private static func sqlitePage(_ name: String, _ scale: Scale) throws -> Measurement {
    let (large, small) = try (
      FileBenchmarkStore(plans: scale.plans, .normal),
      FileBenchmarkStore(plans: scale.plans / 100, .normal)
    )
    let calls = scale.calls / 200
    func page(_ file: FileBenchmarkStore) throws {
      _ = try file.benchmark.store.readBlocking {
        try $0.plans(matching: PlanQuery(PlanFilter(state: .queued)))
      }
    }
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls { try page(large) }
    } against: {
      for _ in 0..<calls { try page(small) }
    }
    return Measurement(
      scenario: name, unit: "pages", rate: found.body,
      samples: try samples(scale) { _ in try page(large) }, baselineRate: found.baseline,
      ratio: found.baseline / found.body, goal: .atMost(1.5))
  }

  /// The next queued plan claimed, from a large store and from one a hundredth its size.
  private static func sqliteClaim(_ name: String, _ scale: Scale) throws -> Measurement {
    let (large, small) = try (
      FileBenchmarkStore(plans: scale.plans, .normal),
      FileBenchmarkStore(plans: scale.plans / 100, .normal)
    )
    let calls = min(scale.calls / 400, scale.plans / 100 / (2 * scale.rounds))
    let owner = LeaseOwner("bench")
    func claim(_ file: FileBenchmarkStore) throws {
      let claimed = try file.benchmark.store.writeBlocking {
        [actor = file.benchmark.actor] transaction in
        try transaction.claim(owner: owner, actors: [actor], limit: 1, leaseFor: .seconds(3_600))
      }
      guard claimed.count == 1 else { throw PlanError.noChildren }
    }
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls { try claim(large) }
    } against: {
      for _ in 0..<calls { try claim(small) }
    }
    return Measurement(
      scenario: name, unit: "claims", rate: found.body,
      samples: try samples(scale) { _ in try claim(large) }, baselineRate: found.baseline,
      ratio: found.baseline / found.body, goal: .atMost(1.5))
  }

  /// The plans of a large store counted by status, in milliseconds: of all plans, of a namespace or
  /// of an action, whichever takes longest.
  private static func sqliteCounts(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBenchmarkStore(plans: scale.plans, .normal)
    let action = ActionName("bench/sample")
    let medians = try [PlanScope.all, .namespace("bench"), .action(action)].map { scope in
      let samples = try samples(scale) { _ in
        let counts = try file.benchmark.store.readBlocking { try $0.counts(in: scope) }
        // A measurement that finds nothing would be worthless.
        guard counts.total == scale.plans else { throw PlanError.noChildren }
      }
      return (median: samples[samples.count / 2], samples: samples)
    }
    let slowest = medians.max { $0.median < $1.median } ?? medians[0]
    return Measurement(
      scenario: name, unit: "ms", samples: slowest.samples,
      ratio: slowest.median.inSeconds * 1000, goal: .atMost(1))
  }

  /// Opening a large store, in milliseconds.
  private static func sqliteOpen(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBenchmarkStore(plans: scale.plans, .normal)
    try file.benchmark.store.close()
    let clock = ContinuousClock()
    let samples = try (0..<20).map { _ in
      try clock.measure {
        let engine = try SQLiteEngineRegistry().open(file.path)
        _ = try engine.read { try $0.plan(file.benchmark.ids[0]) }
        try engine.close()
      }
    }.sorted()
    return Measurement(
      scenario: name, unit: "ms", samples: samples, ratio: samples[10].inSeconds * 1000,
      goal: .atMost(20))
  }

  /// The memory of a process that uses a large store, against one that uses a small store in the
  /// same way.
  private static func sqliteResident(_ name: String, _ scale: Scale) throws -> Measurement {
    let bytes = try [scale.plans, scale.plans / 100].map { plans in
      let file = try FileBenchmarkStore(plans: plans, .normal)
      try file.benchmark.store.close()
      return try MemoryProbe.measure(.store, file.path)
    }
    return Measurement(
      scenario: name, unit: "bytes", ratio: Double(bytes[0]) / Double(bytes[1]), goal: .atMost(1.2))
  }
}
