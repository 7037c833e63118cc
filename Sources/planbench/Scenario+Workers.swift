import Dispatch
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import SQLiteStorage
import Synchronization

extension Scenario {
  /// What is shared between threads.
  static let registry = [
    Scenario(name: "registry.acquire", body: acquire)
  ]

  /// Plans from their use to their end.
  static let workers = [
    Scenario(name: "worker.plans", body: plans),
    Scenario(name: "worker.fanout", body: fanout),
    Scenario(name: "worker.resident", body: resident),
  ]

  /// Leases of an engine that is open already, against a lookup in a dictionary behind a `Mutex`.
  private static func acquire(_ name: String, _ scale: Scale) throws -> Measurement {
    let registry = EngineRegistry<String, MeasuredEngine>()
    let keys = (0..<16).map { "/var/lib/planwright/database-\($0).db" }
    let held = try keys.map { try registry.lease($0, open: { MeasuredEngine() }) }
    let plain = Mutex(Dictionary(uniqueKeysWithValues: keys.map { ($0, MeasuredEngine()) }))
    var seen = 0
    let found = try rates(scale, calls: scale.calls) {
      for number in 0..<scale.calls {
        let lease = try registry.lease(keys[number & 15], open: { MeasuredEngine() })
        seen += lease.engine.number
        lease.release()
      }
    } against: {
      for number in 0..<scale.calls {
        seen += plain.withLock { $0[keys[number & 15]] }?.number ?? 0
      }
    }
    let samples = try samples(scale) { number in
      try registry.lease(keys[number & 15], open: { MeasuredEngine() }).release()
    }
    withExtendedLifetime(held) {}
    guard seen > 0 else { throw PlanError.invalidCursor }
    return Measurement(
      scenario: name, unit: "leases", rate: found.body, samples: samples,
      baselineRate: found.baseline, ratio: found.baseline / found.body, goal: .atMost(5))
  }

  /// Plans from their use to their end, through all phases, with handlers that do nothing, against
  /// raw durable commits one by one.
  private static func plans(_ name: String, _ scale: Scale) throws -> Measurement {
    let file = try FileBenchmarkStore(plans: 1_000, .full)
    let raw = try file.raw(.full)
    let commits = scale.calls / 80
    let count = max(64, scale.calls / 40)
    let clock = ContinuousClock()
    let fixture = try WorkerFixture.onFile(SQLiteOptions(durability: .full))
    var (ours, theirs): ([Double], [Double]) = ([], [])
    var samples: [Duration] = []
    for _ in 0..<min(scale.rounds, 5) {
      let baseline = try clock.measure { for _ in 0..<commits / 2 { try raw.claimAndRelease() } }
      theirs.append(Double(commits) / baseline.inSeconds)
      let (elapsed, lives) = try blocking { try await fixture.run(plans: count, slots: 64) }
      ours.append(Double(count) / elapsed.inSeconds)
      samples += lives
    }
    return Measurement(
      scenario: name, unit: "plans", rate: median(ours), samples: samples.sorted(),
      baselineRate: median(theirs), ratio: median(ours) / median(theirs), goal: .atLeast(0.5))
  }

  /// The memory of a process that has worked on many plans, purged as they ended, against one that
  /// has on a hundredth of them.
  private static func resident(_ name: String, _ scale: Scale) throws -> Measurement {
    let bytes = try [scale.plans / 10, scale.plans / 1_000].map { plans in
      try MemoryProbe.measure(.worker, String(plans))
    }
    return Measurement(
      scenario: name, unit: "bytes", ratio: Double(bytes[0]) / Double(bytes[1]), goal: .atMost(1.2))
  }

  /// A parent with a thousand children, against one with ten: the time for each child.
  private static func fanout(_ name: String, _ scale: Scale) throws -> Measurement {
    let many = max(100, min(1_000, scale.plans / 100))
    let fixture = try WorkerFixture.onFile(SQLiteOptions(durability: .normal))
    var (large, small): ([Double], [Double]) = ([], [])
    for _ in 0..<min(scale.rounds, 5) {
      // As many children in all, so that both are measured for as long.
      var rest = Duration.zero
      for _ in 0..<many / 10 { rest += try blocking { try await fixture.fan(out: 10) } }
      small.append(Double(many) / rest.inSeconds)
      large.append(
        Double(many) / (try blocking { try await fixture.fan(out: many) }).inSeconds)
    }
    return Measurement(
      scenario: name, unit: "children", rate: median(large), baselineRate: median(small),
      ratio: median(small) / median(large), goal: .atMost(1.2))
  }
}

/// The engine that the scenario of the registry leases.
private final class MeasuredEngine: Sendable {
  let number = 1
}
