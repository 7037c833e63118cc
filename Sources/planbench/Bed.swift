import InMemoryStorage
import PlanDomain
import PlanLifecycle
import Planwright
import Synchronization

/// A store full of plans, each with 300 bytes of text of its own.
struct Bed {
  let store: PlanStore
  let ids: [Plan.ID]
  let actor: ActorName

  init(plans count: Int) throws {
    let system = try PlanSystem.open(.inMemory)
    store = system.plans
    let actor = try ActorName("nobody")
    self.actor = actor
    let definition = try ActionDefinition(
      name: ActionName("bench/sample"), description: "Do {text}", definitionOfDone: "{text}",
      actors: Actors(strategy: actor, execution: actor),
      arguments: ArgumentList([ArgumentDefinition(name: "text", type: .string)]))
    try store.write { try $0.createAction(definition) }
    var ids: [Plan.ID] = []
    ids.reserveCapacity(count)
    for number in 0..<count {
      let digits = String(number)
      let text = digits + String(repeating: "x", count: 99 - digits.utf8.count)
      ids.append(
        try store.write { work in
          try work.use("bench/sample", arguments: ["text": .string(text)]).id
        })
    }
    self.ids = ids
  }
}

/// The least that could hold plans: a dictionary behind a `Mutex`.
final class PlainStore: Sendable {
  let plans: Mutex<[Plan.ID: Plan]>

  init(_ bed: Bed) throws {
    var plans: [Plan.ID: Plan] = [:]
    for id in bed.ids { plans[id] = try bed.store.read { try $0.plan(id) } }
    self.plans = Mutex(plans)
  }
}
