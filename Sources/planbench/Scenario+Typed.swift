import PlanDomain
import PlanLifecycle
import Planwright

extension Scenario {
  /// The scenarios of typed actions.
  static let typed = [Scenario(name: "typed.use", body: use)]

  /// The arguments of the measured action: as many and as long as those of an ordinary order.
  private struct Order: Codable {
    let number: Int
    let customer: String
    let items: [String]
    let express: Bool
    let note: String?
  }

  /// New plans of a typed action, against the same plans with arguments that are JSON already.
  private static func use(_ name: String, _ scale: Scale) throws -> Measurement {
    let action = try TypedAction(
      "bench/order", taking: Order.self, description: "Send order {number} to {customer}")
    let store = try PlanSystem.open(.inMemory).plans
    try store.writeBlocking { try $0.createAction(action.definition) }
    let calls = scale.calls / 20
    let customer = String(repeating: "x", count: 40)
    let items = ["pen", "paper", "ink"]
    func useTyped(_ number: Int) throws {
      try store.writeBlocking { transaction in
        try transaction.use(
          action,
          arguments: Order(
            number: number, customer: customer, items: items, express: true, note: nil))
      }
    }
    func useUntyped(_ number: Int) throws {
      try store.writeBlocking { transaction in
        try transaction.use(
          PlanUse(
            action: action.definition.name,
            arguments: [
              "number": .integer(Int64(number)), "customer": .string(customer),
              "items": .array(items.map { .string($0) }), "express": true,
            ]))
      }
    }
    let found = try rates(scale, calls: calls) {
      for number in 0..<calls { try useTyped(number) }
    } against: {
      for number in 0..<calls { try useUntyped(number) }
    }
    return Measurement(
      scenario: name, unit: "plans", rate: found.body,
      samples: try samples(scale) { try useTyped($0) }, baselineRate: found.baseline,
      ratio: found.baseline / found.body, goal: .atMost(1.3))
  }
}
