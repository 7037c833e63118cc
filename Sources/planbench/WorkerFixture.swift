import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import SQLiteStorage
import Synchronization

/// A store with a worker whose handlers do nothing.
final class WorkerFixture: Sendable {
  private let system: PlanSystem
  private let directory: URL?
  private let actor: ActorName
  /// The cursor at which the feed of the previous run ended.
  private let seen = Mutex(EventCursor.start)
  /// When each plan was used.
  private let begun = Mutex([Plan.ID: ContinuousClock.Instant]())

  /// In a SQLite file, which is removed with the fixture.
  static func onFile(_ options: SQLiteOptions) throws -> WorkerFixture {
    let directory = try TemporaryDirectories.make()
    return try WorkerFixture(
      .sqlite(
        at: directory.appending(path: "plans.db").path, options: options,
        in: SQLiteEngineRegistry()), removing: directory)
  }

  init(_ backend: StorageBackend, removing directory: URL? = nil) throws {
    self.directory = directory
    system = try PlanSystem.open(backend)
    let actor = ActorName("nobody")
    self.actor = actor
    try system.plans.writeBlocking { transaction in
      for (name, readOnly) in [
        ("bench/whole", false), ("bench/parent", true), ("bench/child", true),
      ] {
        try transaction.createAction(
          ActionDefinition(
            name: ActionName(name), description: "do it", definitionOfDone: "done",
            actors: Actors(strategy: actor, execution: actor), arguments: .none,
            readOnly: readOnly, automation: .auto))
      }
    }
  }

  deinit {
    try? system.close()
    if let directory { try? FileManager.default.removeItem(at: directory) }
  }

  /// Runs this number of plans from their use to their end; returns the time of all and of each.
  func run(plans count: Int, slots: Int) async throws -> (elapsed: Duration, lives: [Duration]) {
    let clock = ContinuousClock()
    let worker = system.worker(
      named: "benchmark", handlers: [actor: { _, _ in .complete(.null) }],
      options: try WorkerOptions(concurrency: slots))
    let start = clock.now
    async let running: Void = worker.run()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for user in 0..<slots {
        group.addTask { [self] in
          for _ in 0..<(count / slots + (user < count % slots ? 1 : 0)) {
            let now = clock.now
            let id = try await system.plans.write { try $0.use("bench/whole").id }
            begun.withLock { $0[id] = now }
          }
        }
      }
      try await group.waitForAll()
    }
    var lives: [Duration] = []
    for try await change in system.plans.changes(after: seen.withLock { $0 }) {
      guard change.event.to == .applyApplied else { continue }
      if let start = begun.withLock({ $0[change.event.plan] }) { lives.append(clock.now - start) }
      seen.withLock { $0 = change.cursor }
      if lives.count == count { break }
    }
    let elapsed = clock.now - start
    worker.stop()
    try await running
    return (elapsed, lives)
  }

  /// Runs a parent with this number of children from its use to its end.
  func fan(out children: Int) async throws -> Duration {
    let child = ActionName("bench/child")
    let specs = Array(repeating: ChildSpec(action: child), count: children)
    let worker = system.worker(
      named: "benchmark",
      handlers: [
        actor: { assignment, _ in
          assignment.phase == .execute && assignment.plan.definition.action.name.name == "parent"
            && assignment.children.isEmpty ? .spawn(specs, .standard) : .complete(.null)
        }
      ], options: try WorkerOptions(concurrency: 4))
    let clock = ContinuousClock()
    let start = clock.now
    async let running: Void = worker.run()
    let id = try await system.plans.write { try $0.use("bench/parent").id }
    while try await !system.plans.read({ try $0.plan(id) }).isFinal {
      try await Task.sleep(for: .microseconds(200))
    }
    let elapsed = clock.now - start
    worker.stop()
    try await running
    return elapsed
  }
}
