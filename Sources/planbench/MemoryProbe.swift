import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import SQLiteStorage

/// Measures the memory of a process that only uses one store.
enum MemoryProbe {
  /// The workload of the process: the first argument names it, the second is its input.
  enum Work: String {
    /// Uses the store in a file.
    case store = "--resident"
    /// Works on this many plans, in memory.
    case worker = "--resident-worker"
  }

  /// Runs the workload that the arguments name; returns false when they name none.
  static func run(_ words: ArraySlice<String>) throws -> Bool {
    guard words.count == 2, let work = words.first.flatMap(Work.init), let what = words.last else {
      return false
    }
    switch work {
    case .store: try use(what)
    case .worker: try blocking { try await self.work(on: Int(what) ?? 0) }
    }
    return true
  }

  /// The resident bytes of a separate process that has run the workload.
  static func measure(_ work: Work, _ what: String) throws -> Int {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = [work.rawValue, what]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard let bytes = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw PlanError.invalidCursor
    }
    return bytes
  }

  /// Reads and claims in the store in this file, and prints the resident bytes.
  private static func use(_ path: String) throws {
    let system = try PlanSystem.open(.sqlite(at: path, options: SQLiteOptions(durability: .normal)))
    let (actor, owner) = (ActorName("nobody"), LeaseOwner("bench"))
    var cursor: PlanCursor?
    for _ in 0..<60 {
      let query = PlanQuery(order: .oldestFirst, limit: try PageLimit(150), after: cursor)
      cursor = try system.plans.readBlocking { try $0.plans(matching: query).next }
      _ = try system.plans.writeBlocking { transaction in
        try transaction.claim(owner: owner, actors: [actor], limit: 10, leaseFor: .seconds(60))
      }
    }
    print(residentBytes())
    try system.close()
  }

  /// Runs this number of plans, a thousand at a time, purges each after its end, and prints the
  /// resident bytes.
  private static func work(on count: Int) async throws {
    let system = try PlanSystem.open(.inMemory)
    let actor: ActorName = "nobody"
    try await system.plans.write { transaction in
      try transaction.createAction(
        ActionDefinition(
          name: "bench/whole", description: "do it", definitionOfDone: "done",
          actors: Actors(strategy: actor, execution: actor), arguments: .none, automation: .auto))
    }
    let (ended, telling) = AsyncStream<Void>.makeStream()
    let worker = system.worker(
      named: "resident", handlers: [actor: { _, _ in .complete(.null) }],
      options: try WorkerOptions(concurrency: 64)
    ) { report in
      if case .reported(let plan) = report, plan.isFinal { telling.yield() }
    }
    async let running: Void = worker.run()
    var ends = ended.makeAsyncIterator()
    for start in stride(from: 0, to: count, by: 1_000) {
      let batch = min(1_000, count - start)
      for _ in 0..<batch { try await system.plans.write { try $0.use("bench/whole") } }
      for _ in 0..<batch { await ends.next() }
      let later = SystemTimeSource().now().adding(.seconds(1))
      while try await system.plans.write({ try $0.purge(endedBefore: later, limit: 100) }) > 0 {}
    }
    print(residentBytes())
    worker.stop()
    try await running
    try system.close()
  }
}
