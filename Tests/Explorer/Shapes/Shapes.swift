import PlanDomain

extension Shape {
  /// All shapes, smaller ones first.
  package static func all() throws -> [Shape] {
    var shapes = onePlan + (try families()) + (try dependencies()) + (try deepTrees())
    for index in shapes.indices where quick.contains(shapes[index].name) {
      shapes[index].isQuick = true
    }
    return shapes
  }

  /// The shapes of each kind that are small.
  private static let quick: Set<String> = [
    "one-child", "one-child-manual", "one-child-not-before", "three-sequential",
    "three-parallel-1-fail-fast", "three-parallel-2-fail-fast", "chain-1", "chain-2-fail-fast",
    "diamond-1", "diamond-2", "three-levels-small", "two-folded", "two-repeated", "two-time-out",
  ]

  /// The shape of this name; throws when there is none.
  package static func named(_ name: String) throws -> Shape {
    guard let shape = try all().first(where: { $0.name == name }) else {
      throw ExplorerError("there is no shape '\(name)'; explore --list names them all")
    }
    return shape
  }

  private static var onePlan: [Shape] {
    let kinds: [(String, PlanShape)] = [
      ("one-plan", PlanShape(.auto, attempts: 2)),
      ("one-plan-manual", PlanShape(.manual, attempts: 2)),
      ("one-plan-review", PlanShape(.review, attempts: 3)),
      ("one-plan-read-only", PlanShape(.manual, readOnly: true, attempts: 2)),
      ("one-plan-time-out", PlanShape(.auto, attempts: 2, timeout: 3)),
      ("one-plan-not-before", PlanShape(.auto, attempts: 2, notBefore: 2)),
    ]
    return kinds.map { name, plan in
      Shape(name) { shape in
        shape.isQuick = true
        (shape.root, shape.work) = (plan, WorkCommand.allCases)
        (shape.lease, shape.postponement, shape.retryAfter) = (2, 3, 2)
      }
    }
  }

  private static let keys: [Key] = ["a", "b", "c"]

  /// A parent with one to three children, in each mode.
  private static func families() throws -> [Shape] {
    var shapes = [
      try family("one-child", .parallel, [PlanShape(.auto, attempts: 2)]) { shape in
        shape.reversions = 1
      },
      try family("one-child-manual", .parallel, [PlanShape(.manual, timeout: 2)]) { shape in
        shape.reversions = 1
      },
      try family(
        "one-child-not-before", .parallel, [PlanShape(.review, attempts: 2, notBefore: 2)]
      ) { shape in
        shape.reversions = 1
      },
    ]
    let (plan, short) = (PlanShape(), PlanShape(readOnly: true))
    let repeated = PlanShape(readOnly: true, attempts: 2)
    for mode in ChildSchedule.Mode.allCases {
      for failFast in [false, true] {
        shapes.append(
          try family(
            "one-child-\(mode)\(failFast ? "-fail-fast" : "")", mode, [short], slots: 1,
            failFast: failFast
          ) { $0.reversions = 1 })
      }
    }
    for mode in [ChildSchedule.Mode.parallel, .sequential] {
      for slots in mode == .sequential ? [1] : [1, 2] {
        for failFast in [false, true] {
          let suffix = (mode == .sequential ? "" : "-\(slots)") + (failFast ? "-fail-fast" : "")
          shapes.append(
            try family(
              "two-\(mode)\(suffix)", mode, [plan, plan], slots: slots, failFast: failFast
            ) { $0.reversions = 1 })
          shapes.append(
            try family(
              "three-\(mode)\(suffix)", mode, [short, short, short], slots: slots,
              failFast: failFast
            ) { $0.reversions = 0 })
        }
      }
    }
    let (manual, review) = (PlanShape(.manual), PlanShape(.review))
    let shown = PlanShape(.manual, readOnly: true)
    let retried = PlanShape(attempts: 2)
    let hurried = PlanShape(readOnly: true, attempts: 2, timeout: 2)
    return shapes + [
      try family("two-approved", .parallel, [manual, review], slots: 1) { $0.reversions = 0 },
      try family("three-approved", .parallel, [shown, shown, shown]) { $0.reversions = 0 },
      try family("three-whole-1", .parallel, [plan, plan, plan], slots: 1) { $0.reversions = 0 },
      try family("three-whole-2", .parallel, [plan, plan, plan], slots: 2) { $0.reversions = 0 },
      try family("three-whole-folded", .parallel, [plan, plan, plan], slots: 3) { shape in
        shape.reversions = 0
      },
      try family("two-whole", .parallel, [retried, retried], slots: 1) { $0.reversions = 1 },
      try family("two-retried", .parallel, [retried, retried], slots: 1) { $0.reversions = 0 },
      try family("two-repeated", .parallel, [repeated, repeated], slots: 1) { $0.reversions = 0 },
      try family("two-time-out", .parallel, [hurried, hurried], slots: 1) { shape in
        (shape.reversions, shape.lease, shape.root) = (0, 1, PlanShape(readOnly: true))
      },
      try family("two-folded", .parallel, [short, short]) { $0.reversions = 0 },
      try family("three-folded", .parallel, [short, short, short], slots: 3) { $0.reversions = 0 },
    ]
  }

  private static func family(
    _ name: String, _ mode: ChildSchedule.Mode, _ children: [PlanShape], slots: Int = 2,
    failFast: Bool = false, _ change: (inout Shape) -> Void
  ) throws -> Shape {
    let isFolded = mode == .parallel && slots >= children.count && Set(children).count == 1
    let spawn = SpawnShape(
      try ChildSchedule(mode: mode, maxParallel: slots, failFast: failFast),
      zip(keys, children).map { SpawnShape.Child($0, $1) },
      interchangeable: isFolded ? Array(children.indices) : [])
    return Shape(name) { shape in
      shape.spawns["root"] = [spawn]
      change(&shape)
    }
  }

  /// Children that wait for others: a pair, a chain of three, two that wait for one, a diamond.
  private static func dependencies() throws -> [Shape] {
    let plan = PlanShape(readOnly: true)
    let chain = [
      SpawnShape.Child("a", plan), SpawnShape.Child("b", plan, dependsOn: ["a"]),
      SpawnShape.Child("c", plan, dependsOn: ["b"]),
    ]
    let pair = [SpawnShape.Child("a"), SpawnShape.Child("b", dependsOn: ["a"])]
    let whole = [
      SpawnShape.Child("a"), SpawnShape.Child("b", dependsOn: ["a"]),
      SpawnShape.Child("c", dependsOn: ["a"]),
    ]
    let diamond = [
      SpawnShape.Child("a", plan), SpawnShape.Child("b", plan, dependsOn: ["a"]),
      SpawnShape.Child("c", plan, dependsOn: ["a"]),
      SpawnShape.Child("d", plan, dependsOn: ["b", "c"]),
    ]
    var shapes: [Shape] = []
    let all = [("pair", pair), ("chain", chain), ("fork", whole), ("diamond", diamond)]
    for (name, children) in all {
      for slots in [1, 2] {
        for failFast in [false, true] {
          let schedule = try ChildSchedule(
            mode: .dependencyOrdered, maxParallel: slots, failFast: failFast)
          let isFolded = children.count > 2 && name != "chain" && slots == 2
          let spawn = SpawnShape(schedule, children, interchangeable: isFolded ? [1, 2] : [])
          shapes.append(
            Shape("\(name)-\(slots)\(failFast ? "-fail-fast" : "")") { shape in
              shape.spawns["root"] = [spawn]
              shape.reversions = name == "pair" ? 1 : 0
            })
        }
      }
    }
    return shapes
  }

  /// Trees of three levels, and plans that spawn twice.
  private static func deepTrees() throws -> [Shape] {
    let (one, pair) = (try parallel(["a"]), try parallel(["a", "b"]))
    let failingFast = try parallel(["a", "b"], failFast: true)
    // Only one of the two children spawns, so that they can be told apart.
    let uneven = try parallel(["a", "b"], isFolded: false)
    let unevenFailingFast = try parallel(["a", "b"], failFast: true, isFolded: false)
    return [
      tree("three-levels-small", ["root": [one], "root/a": [one]]),
      tree("three-levels", ["root": [one], "root/a": [pair]], reversions: 1),
      tree("three-levels-wide", ["root": [uneven], "root/a": [pair]]),
      tree("three-levels-fail-fast", ["root": [unevenFailingFast], "root/a": [failingFast]]),
      tree("two-rounds", ["root": [one, pair]], reversions: 1),
      tree("two-rounds-of-two", ["root": [pair, failingFast]]),
    ]
  }

  private static func tree(
    _ name: String, _ spawns: [String: [SpawnShape]], reversions: Int = 0
  ) -> Shape {
    Shape(name) { shape in
      shape.root = PlanShape(readOnly: reversions == 0)
      (shape.spawns, shape.reversions) = (spawns, reversions)
    }
  }

  /// Read-only children in parallel.
  private static func parallel(
    _ keys: [Key], failFast: Bool = false, isFolded: Bool = true
  ) throws -> SpawnShape {
    SpawnShape(
      try ChildSchedule(mode: .parallel, maxParallel: 2, failFast: failFast),
      keys.map { SpawnShape.Child($0, PlanShape(readOnly: true)) },
      interchangeable: isFolded ? Array(keys.indices) : [])
  }
}
