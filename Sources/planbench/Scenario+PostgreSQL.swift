import Dispatch
import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import PostgreSQLTestServer

/// A store full of plans, in a schema of its own on a server that waits for its disk.
final class ServerBenchmarkStore: Sendable {
  let benchmark: BenchmarkStore
  let location: String
  private let schema: String
  private let server: PostgreSQLTestServer

  /// On the server of another store, or on a new one.
  init(plans count: Int, beside other: ServerBenchmarkStore? = nil) throws {
    server = try other?.server ?? Self.newServer()
    schema = server.newSchema()
    location = server.location(schema: schema, options: "&connections=64")
    benchmark = try BenchmarkStore(plans: count, in: .postgreSQL(location))
    _ = try? server.query("VACUUM ANALYZE")
  }

  private static func newServer() throws -> PostgreSQLTestServer {
    var options = PostgreSQLTestServer.Options()
    options.syncsToDisk = true
    options.settings = ["shared_buffers": "256MB", "max_wal_size": "4GB"]
    return try PostgreSQLTestServer(options)
  }

  /// The location of an empty store on the same server.
  func emptyLocation() -> String {
    server.location(schema: server.newSchema())
  }

  /// A connection to the same schema; the two never run at once.
  func raw() throws -> RawPostgreSQL { try RawPostgreSQL(rawLocation, schema: schema) }

  /// The location without the options that libpq does not know.
  private var rawLocation: String {
    location.split(separator: "&")
      .filter { !$0.hasPrefix("schema=") && !$0.hasPrefix("connections=") }
      .joined(separator: "&")
  }

  /// Ends the server, and with it the stores of all that are beside this one.
  func close() { server.close() }

  /// Runs claims and releases on threads with a connection each; returns the time of all.
  func rawTransitions(_ each: Int, threads: Int) throws -> Duration {
    let (location, schema, actor) = (rawLocation, schema, benchmark.actor.description)
    let (ready, done, start) = (DispatchGroup(), DispatchGroup(), DispatchSemaphore(value: 0))
    let failure = Failures()
    for _ in 0..<threads {
      ready.enter()
      done.enter()
      Thread.detachNewThread {
        defer { done.leave() }
        do {
          let raw = Result { try RawPostgreSQL(location, schema: schema) }
          ready.leave()
          start.wait()
          for _ in 0..<each / 2 { try raw.get().claimAndRelease(actor) }
        } catch { failure.first.withLock { $0 = error } }
      }
    }
    ready.wait()
    let elapsed = ContinuousClock().measure {
      for _ in 0..<threads { start.signal() }
      done.wait()
    }
    if let error = failure.first.withLock({ $0 }) { throw error }
    return elapsed
  }

  private final class Failures: Sendable {
    let first = Locked<(any Error)?>(nil)
  }
}

extension Scenario {
  /// The scenarios of the store on a PostgreSQL server.
  static let postgreSQL = [
    Scenario(name: "postgresql.transition.single", body: transitionsOfOne),
    Scenario(name: "postgresql.transition.concurrent16") { name, scale in
      try transitions(name, scale, callers: 16, atLeast: 0.9)
    },
    Scenario(name: "postgresql.transition.concurrent64") { name, scale in
      try transitions(name, scale, callers: 64, atLeast: 0.9)
    },
    Scenario(name: "postgresql.use") { name, scale in
      try single(name, scale, "plans") { store, number in
        let text = String(repeating: "x", count: 99)
        _ = try store.benchmark.store.writeBlocking {
          try $0.use("bench/sample", arguments: ["text": .string(text)])
        }
      } against: { raw, store in
        try raw.use(
          "bench/sample", String(repeating: "x", count: 700), store.benchmark.actor.description)
      }
    },
    Scenario(name: "postgresql.read") { name, scale in
      try single(name, scale, "reads") { store, _ in
        let id = store.benchmark.ids.randomElement() ?? store.benchmark.ids[0]
        _ = try store.benchmark.store.readBlocking { try $0.plan(id) }
      } against: { raw, store in
        let id = store.benchmark.ids.randomElement() ?? store.benchmark.ids[0]
        try raw.read(id.uuid)
      }
    },
    Scenario(name: "postgresql.page") { name, scale in
      try single(name, scale, "pages", divisor: 20) { store, _ in
        _ = try store.benchmark.store.readBlocking {
          try $0.plans(matching: PlanQuery(limit: PageLimit(100)))
        }
      } against: { raw, _ in
        try raw.page(100)
      }
    },
    Scenario(name: "postgresql.wakeup", body: wakeUp),
  ]

  /// One thread, against the raw statements one by one.
  private static func single(
    _ name: String, _ scale: Scale, _ unit: String, divisor: Int = 1,
    _ body: (ServerBenchmarkStore, Int) throws -> Void,
    against baseline: (RawPostgreSQL, ServerBenchmarkStore) throws -> Void
  ) throws -> Measurement {
    let store = try ServerBenchmarkStore(plans: min(scale.plans, 20_000))
    defer { store.close() }
    let raw = try store.raw()
    let calls = max(20, scale.calls / 100 / divisor)
    var number = 0
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls {
        number += 1
        try body(store, number)
      }
    } against: {
      for _ in 0..<calls { try baseline(raw, store) }
    }
    return Measurement(
      scenario: name, unit: unit, rate: found.body, baselineRate: found.baseline,
      ratio: found.body / found.baseline, goal: .atLeast(0.85))
  }

  /// Claims and releases of one thread, against the raw statements.
  private static func transitionsOfOne(_ name: String, _ scale: Scale) throws -> Measurement {
    let store = try ServerBenchmarkStore(plans: min(scale.plans, 20_000))
    defer { store.close() }
    let raw = try store.raw()
    let calls = max(20, scale.calls / 50)
    let owner = LeaseOwner("bench")
    let found = try rates(scale, calls: calls) {
      for _ in 0..<calls / 2 { try store.benchmark.claimAndRelease(owner) }
    } against: {
      for _ in 0..<calls / 2 { try raw.claimAndRelease(store.benchmark.actor.description) }
    }
    return Measurement(
      scenario: name, unit: "transitions", rate: found.body, baselineRate: found.baseline,
      ratio: found.body / found.baseline, goal: .atLeast(0.9))
  }

  /// Claims and releases of `callers` tasks, against the raw statements on as many connections.
  private static func transitions(
    _ name: String, _ scale: Scale, callers: Int, atLeast goal: Double
  ) throws -> Measurement {
    let store = try ServerBenchmarkStore(plans: min(scale.plans, 20_000))
    defer { store.close() }
    let each = max(10, scale.calls / 50 / callers)
    let calls = each * callers
    var (ours, theirs): ([Double], [Double]) = ([], [])
    for _ in 0..<scale.rounds {
      theirs.append(Double(calls) / (try store.rawTransitions(each, threads: callers)).inSeconds)
      let (elapsed, _) = try store.benchmark.claimAndRelease(calls: calls, callers: callers)
      ours.append(Double(calls) / elapsed.inSeconds)
    }
    return Measurement(
      scenario: name, unit: "transitions", rate: median(ours), baselineRate: median(theirs),
      ratio: median(ours) / median(theirs), goal: .atLeast(goal))
  }

  /// The 99th percentile of the time from a commit of one system to the handler of a worker of
  /// another, in milliseconds; each has connections of its own, as two processes have.
  private static func wakeUp(_ name: String, _ scale: Scale) throws -> Measurement {
    let store = try ServerBenchmarkStore(plans: 0)
    defer { store.close() }
    let writer = try PlanSystem.open(.postgreSQL(store.location))
    let started = Locked<ContinuousClock.Instant?>(nil)
    let times = Locked([Duration]())
    let worker = PlanWorker(
      store: store.benchmark.store, name: "bench",
      handlers: [
        store.benchmark.actor: { _, _ in
          if let start = started.withLock({ $0 }) {
            times.withLock { $0.append(ContinuousClock.now - start) }
          }
          return .complete("done")
        }
      ])
    try blocking {
      let running = Task { try await worker.run() }
      for count in 1...max(20, scale.calls / 1_000) {
        started.withLock { $0 = .now }
        try await writer.plans.write { try $0.use("bench/sample", arguments: ["text": "x"]) }
        while times.withLock({ $0.count }) < count { try await Task.sleep(for: .microseconds(200)) }
        try await Task.sleep(for: .milliseconds(5))
      }
      worker.stop()
      try await running.value
    }
    let sorted = times.withLock { $0.sorted() }
    let p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)].inSeconds * 1000
    return Measurement(
      scenario: name, unit: "wake-ups", samples: sorted, ratio: p99, goal: .atMost(20))
  }
}

extension Plan.ID {
  /// The id as the server writes it.
  fileprivate var uuid: String {
    func hexadecimal(_ number: UInt64) -> String {
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return hexadecimal(ulid.high) + hexadecimal(ulid.low)
  }
}
