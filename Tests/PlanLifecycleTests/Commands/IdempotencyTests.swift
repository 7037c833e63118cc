import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("Asking again under an idempotency key")
struct IdempotencyTests {
  private let fixture: LifecycleFixture
  private let name: ActionName
  private let key: Key

  init() throws {
    fixture = try LifecycleFixture()
    name = ActionName("local/sample")
    key = Key("k")
    try fixture.plans.writeBlocking { try $0.createAction(try Self.action(default: 5)) }
  }

  private static func action(default number: Int64, reusable: Bool = true) throws
    -> ActionDefinition
  {
    try Fixture.action(
      reusable: reusable,
      arguments: [
        ArgumentDefinition(name: "list", type: .list),
        ArgumentDefinition(
          name: "n", type: .integer, requirement: .optional(default: .integer(number))),
      ])
  }

  private func use(_ given: JSONObject) throws -> (plan: Plan, isNew: Bool) {
    let (name, key) = (name, key)
    return try fixture.plans.writeBlocking { transaction in
      try transaction.findOrUse(PlanUse(action: name, arguments: given, idempotencyKey: key))
    }
  }

  private func expectFound(_ given: JSONObject, is plan: Plan) throws {
    let found = try use(given)
    #expect(found.plan == plan && !found.isNew)
  }

  private func expectConflict(_ given: JSONObject, with plan: Plan) {
    #expect(throws: PlanError.idempotencyConflict(name, key: key, plan: plan.id)) {
      try use(given)
    }
  }

  // Foundation's encoder writes the members of an object in another order in each process.
  @Test("finds the plan whatever the order of keys, at any depth, and says that it was found")
  func order() throws {
    let made = try use(["list": [["a": 1, "b": ["c": [2], "d": nil]]], "n": 7])
    #expect(made.isNew)
    try expectFound(["n": 7, "list": [["b": ["d": nil, "c": [2]], "a": 1]]], is: made.plan)
    let name = name
    #expect(try fixture.plans.readBlocking { try $0.counts(in: .action(name)) }.total == 1)
  }

  @Test("conflicts when an element, a number's kind or a member is another one")
  func others() throws {
    let plan = try use(["list": [1, ["a": 1]]]).plan
    let double = JSONValue.double(try FiniteDouble(1))
    for list in [[["a": 1], 1], [1, ["a": double]], [1, ["a": 1, "b": nil]], [1]] as [JSONValue] {
      expectConflict(["list": list], with: plan)
    }
  }

  // A default that is filled in was not given: a use that names it asks for something else.
  @Test("compares what was given, and neither defaults nor later versions of the action")
  func updated() throws {
    let plan = try use(["list": []]).plan
    #expect(plan.definition.defaultedArguments == ["n"])
    for number in [5, 9, 5] as [Int64] {
      expectConflict(["list": [], "n": 5], with: plan)
      expectConflict(["list": [], "n": 9], with: plan)
      expectConflict([:], with: plan)
      expectConflict(["list": [], "unknown": 1], with: plan)
      #expect(try use(["list": []]).plan == plan)
      try fixture.plans.writeBlocking { transaction in
        let version = try transaction.action(ActionName("local/sample")).version
        _ = try transaction.updateAction(Self.action(default: number), ifVersion: version)
      }
    }
  }

  @Test("finds the plan of an action that takes other arguments now, or is archived")
  func changed() throws {
    let plan = try use(["list": [1], "n": 7]).plan
    let name = name
    try fixture.plans.writeBlocking { transaction in
      let other = try ArgumentDefinition(name: "other", type: .string)
      _ = try transaction.updateAction(Fixture.action(arguments: [other]), ifVersion: 1)
    }
    #expect(try use(["list": [1], "n": 7]).plan == plan)
    expectConflict(["list": [2], "n": 7], with: plan)
    try fixture.plans.writeBlocking { _ = try $0.archiveAction(name, ifVersion: 2) }
    try expectFound(["n": 7, "list": [1]], is: plan)
    expectConflict(["list": [2]], with: plan)
  }

  @Test("knows what was given also for an action that was archived with its first use")
  func once() throws {
    let name = name
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.updateAction(Self.action(default: 1, reusable: false), ifVersion: 1)
    }
    let made = try use(["list": []])
    #expect(made.isNew)
    try expectFound(["list": []], is: made.plan)
    expectConflict(["list": [], "n": 1], with: made.plan)
    #expect(throws: PlanError.actionArchived(name)) {
      try fixture.plans.writeBlocking { try $0.use("sample", arguments: ["list": []]) }
    }
  }

  // What a store of the first schema has kept: the arguments, and not which of them were defaults.
  @Test("compares with the action's defaults where it is unknown what was given")
  func unknown() throws {
    let (name, key) = (name, key)
    let plan = try fixture.plans.engine.write { session in
      guard let action = try session.action(name) else { throw PlanError.actionNotFound(name) }
      let plan = try Sample.plan(1, of: action, key: "k")
      let definition = plan.definition
      let stored = Plan(
        definition: PlanDefinition(
          id: definition.id, action: definition.action, description: definition.description,
          definitionOfDone: definition.definitionOfDone,
          arguments: ["list": [["a": 1, "b": 2]], "n": 5], defaultedArguments: nil, projects: [],
          automation: .manual, idempotencyKey: key, createdBy: nil,
          createdAt: definition.createdAt, position: nil),
        progress: plan.progress)
      try session.insert(stored)
      return stored
    }
    try expectFound(["list": [["b": 2, "a": 1]]], is: plan)
    try expectFound(["list": [["a": 1, "b": 2]], "n": 5], is: plan)
    expectConflict(["list": [["a": 1, "b": 2]], "n": 6], with: plan)
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.updateAction(Self.action(default: 9), ifVersion: 1)
    }
    try expectFound(["list": [["b": 2, "a": 1]]], is: plan)
  }
}
