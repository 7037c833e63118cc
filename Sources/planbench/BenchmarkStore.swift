import PlanDomain
import PlanLifecycle
import PlanStorage
import Planwright
import Synchronization

/// A store full of plans, each with 300 bytes of text of its own.
struct BenchmarkStore {
  let store: PlanLifecycleService
  let ids: [Plan.ID]
  let actor: ActorName

  init(plans count: Int, in backend: StorageBackend = .inMemory) throws {
    let system = try PlanSystem.open(backend)
    store = system.plans
    let actor = ActorName("nobody")
    self.actor = actor
    let definition = try ActionDefinition(
      name: ActionName("bench/sample"), description: "Do {text}", definitionOfDone: "{text}",
      actors: Actors(strategy: actor, execution: actor),
      arguments: ArgumentList([ArgumentDefinition(name: "text", type: .string)]))
    try store.writeBlocking { try $0.createAction(definition) }
    ids = try Self.add(plans: count, to: store)
  }

  /// Adds this number of plans.
  func add(plans count: Int) throws -> [Plan.ID] { try Self.add(plans: count, to: store) }

  private static func add(plans count: Int, to store: PlanLifecycleService) throws -> [Plan.ID] {
    var ids: [Plan.ID] = []
    ids.reserveCapacity(count)
    for start in stride(from: 0, to: count, by: 1_000) {
      ids += try store.writeBlocking { transaction in
        try (start..<min(start + 1_000, count)).map { number in
          let digits = String(number)
          let text = digits + String(repeating: "x", count: 99 - digits.utf8.count)
          return try transaction.use("bench/sample", arguments: ["text": .string(text)]).id
        }
      }
    }
    return ids
  }
}

/// The baseline for reads and writes in memory: a dictionary behind a `Mutex`.
final class PlainStore: Sendable {
  let plans: Mutex<[Plan.ID: Plan]>

  init(_ benchmark: BenchmarkStore) throws {
    var plans: [Plan.ID: Plan] = [:]
    for id in benchmark.ids { plans[id] = try benchmark.store.readBlocking { try $0.plan(id) } }
    self.plans = Mutex(plans)
  }
}
