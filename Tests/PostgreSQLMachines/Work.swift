import PlanLifecycle
import Planwright

/// What the machines do: batches add up what their items return.
struct Work {
  struct Batch: Codable, Sendable {
    let number: Int
    let items: Int

    var expected: Int { (0..<items).reduce(0) { $0 + (number * 100 + $1) * 2 } }
  }
  struct Item: Codable, Sendable { let number: Int }

  let batch: TypedAction<Batch, Int>
  let item: TypedAction<Item, Int>

  /// Creates the actions; `note` is called by each handler of an item.
  init(_ note: @escaping @Sendable (Plan) throws -> Void = { _ in }) throws {
    let retry = try RetryPolicy(attempts: 100, base: .zero, cap: .zero)
    let item = try TypedAction(
      "machines/item", taking: Item.self, description: "Item {number}", retry: retry
    ).execute { run in
      try note(run.plan)
      return run.arguments.number * 2
    }
    batch = try TypedAction(
      "machines/batch", taking: Batch.self, description: "Batch {number}", retry: retry
    ).execute(schedule: ChildSchedule(mode: .parallel, maxParallel: 8)) { run in
      try (0..<run.arguments.items).map {
        try ChildSpec(item, arguments: Item(number: run.arguments.number * 100 + $0))
      }
    } then: { run in
      try run.results(of: item).reduce(0, +)
    }
    self.item = item
  }
}
