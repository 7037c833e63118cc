import Foundation
import PlanDomain
import PlanLifecycle
import Planwright
import SQLiteStorage
import Synchronization

extension Scenario {
  /// Tasks that wait for plans.
  static let awaiting = [Scenario(name: "await.latency", body: latency)]

  /// The time from the end of a unit of work's body until the task that waits for its plan goes
  /// on, for a thousand tasks while a hundred times as many other events are committed.
  ///
  /// The ratio is the 99th percentile in milliseconds.
  private static func latency(_ name: String, _ scale: Scale) throws -> Measurement {
    let fixture = try AwaitFixture()
    let tasks = max(100, scale.plans / 1_000)
    var samples: [Duration] = []
    var rates: [Double] = []
    for _ in 0..<min(scale.rounds, 3) {
      let run = try fixture.run(tasks: tasks, otherEvents: scale.calls / 2)
      samples += run.latencies
      rates.append(run.eventsPerSecond)
    }
    samples.sort()
    let slow = samples[min(samples.count - 1, samples.count * 99 / 100)]
    return Measurement(
      scenario: name, unit: "events", rate: median(rates), samples: samples,
      ratio: slow.inSeconds * 1_000, goal: .atMost(5))
  }
}

/// A store on disk whose plans are waited for.
private final class AwaitFixture: Sendable {
  private let system: PlanSystem
  private let directory: URL
  private let actor: ActorName = "nobody"
  private let owner: LeaseOwner
  private let other: Plan.ID
  /// The times at which the bodies that complete the plans ended.
  private let ends = Mutex([Plan.ID: ContinuousClock.Instant]())
  private let started = Atomic(0)

  init() throws {
    directory = try TemporaryDirectories.make()
    owner = LeaseOwner("benchmark/1")
    system = try PlanSystem.open(
      .sqlite(
        at: directory.appending(path: "plans.db").path,
        options: SQLiteOptions(durability: .normal), in: SQLiteEngineRegistry()))
    let actors = Actors(strategy: actor, execution: actor)
    other = try system.plans.writeBlocking { transaction in
      for name in ["bench/awaited", "bench/other"] {
        try transaction.createAction(
          ActionDefinition(
            name: ActionName(name), description: "do it", definitionOfDone: "done",
            actors: actors, arguments: .none, readOnly: true, automation: .auto))
      }
      return try transaction.use("bench/other").id
    }
  }

  deinit {
    try? system.close()
    try? FileManager.default.removeItem(at: directory)
  }

  /// Waits for plans in this number of tasks while the calling thread commits their ends, spread
  /// over the other events.
  func run(
    tasks count: Int, otherEvents: Int
  ) throws -> (latencies: [Duration], eventsPerSecond: Double) {
    let tokens = try begin(count)
    let clock = ContinuousClock()
    let waiting = Task {
      try await withThrowingTaskGroup(of: Duration.self) { group in
        for token in tokens {
          group.addTask { [self] in
            started.add(1, ordering: .relaxed)
            _ = try await system.plans.handle(for: token.plan).result()
            let now = clock.now
            return now - (ends.withLock { $0[token.plan] } ?? now)
          }
        }
        return try await group.reduce(into: [Duration]()) { $0.append($1) }
      }
    }
    while started.load(ordering: .relaxed) < count { usleep(1_000) }
    // Their plans are read for the first time.
    usleep(200_000)
    started.store(0, ordering: .relaxed)
    let elapsed = try clock.measure {
      for token in tokens {
        for _ in 0..<otherEvents / count / 2 { try claimAndRelease() }
        try system.plans.writeBlocking { [self] transaction in
          try transaction.complete(token)
          ends.withLock { $0[token.plan] = clock.now }
        }
      }
    }
    let latencies = try blocking { try await waiting.value }
    return (latencies, Double(otherEvents + count) / elapsed.inSeconds)
  }

  /// Makes plans that end with their next completion; returns the leases for it.
  private func begin(_ count: Int) throws -> [LeaseToken] {
    let plans = try system.plans.writeBlocking { transaction in
      try (0..<count).map { _ in try transaction.use("bench/awaited").id }
    }
    let tokens = try claim(plans)
    try system.plans.writeBlocking { transaction in
      for token in tokens { try transaction.complete(token) }
    }
    return try claim(plans)
  }

  private func claim(_ plans: [Plan.ID]) throws -> [LeaseToken] {
    try system.plans.writeBlocking { [self] transaction in
      try plans.compactMap {
        try transaction.claim($0, owner: owner, leaseFor: .seconds(600)).leaseToken
      }
    }
  }

  private func claimAndRelease() throws {
    try system.plans.writeBlocking { [self] transaction in
      let plan = try transaction.claim(other, owner: owner, leaseFor: .seconds(60))
      if let token = plan.leaseToken { try transaction.release(token) }
    }
  }
}
