import PlanDomain
import PlanStorage

extension Cases {
  static let cost: [CaseDefinition] = [
    CaseDefinition(
      "read.cost",
      "The cost of a read does not grow with the number of plans, except for a logarithm"
    ) { context in
      let store = try context.populated()
      guard let engine = store.engine as? any ReadMeasuring else {
        throw NotOffered(reason: "the store does not measure the cost of reads (`ReadMeasuring`)")
      }
      let action = try Sample.action("kit/bulk")
      try engine.write { try $0.insert(action) }
      try context.fill(engine, action, 0..<200)
      let small = try context.costs(engine, store, action)
      try context.fill(engine, action, 200..<1_600)
      let large = try context.costs(engine, store, action)
      for (small, large) in zip(small, large) {
        // The limit leaves room for the logarithm and for merging a list of more chunks.
        try context.expect(
          large.visits <= 2 * small.visits + 100, "\(small.name), with eight times the plans",
          expected: "about \(small.visits) visits, as before", got: "\(large.visits) visits")
      }
    }
  ]
}

extension CaseContext {
  /// Stores plans in every status except processing.
  fileprivate func fill(
    _ engine: any StorageEngine, _ action: Action, _ numbers: Range<UInt64>
  ) throws {
    let statuses = PlanStatus.allCases.filter { $0.state != .processing }
    let plans = try numbers.map { number in
      try Sample.plan(
        1_000 + number, of: action, status: statuses[Int(number) % statuses.count],
        readyAt: Int64(number), endedAt: Int64(number), key: "k\(number)", projects: ["bulk"],
        labels: ["kind": "bulk"])
    }
    try engine.write { work in
      for plan in plans {
        try work.insert(plan)
        try work.append(Sample.event(plan.id, 1))
      }
    }
  }

  /// The number of visits of each kind of read.
  ///
  /// Counts are excluded: the ports allow their cost to grow with the number of plans.
  fileprivate func costs(
    _ engine: any ReadMeasuring, _ store: PopulatedStore, _ action: Action
  ) throws -> [(name: String, visits: Int)] {
    let limit = try PageLimit(9)
    var reads = try self.reads(store).filter { $0.name != "counts" }
    let actor = action.snapshot.actors.strategy
    let key = Key("k7")
    reads += [
      NamedCall(name: "the first ready plan") {
        _ = try $0.readyPlans(for: [actor], at: .far, limit: 1)
      },
      NamedCall(name: "a plan by its idempotency key") {
        _ = try $0.plan(of: action.name, idempotencyKey: key)
      },
      NamedCall(name: "the feed after a cursor") {
        _ = try $0.events(after: EventCursor(position: 100), limit: 9)
      },
    ]
    let filters = [
      PlanFilter(), PlanFilter(phase: .apply, state: .applied), PlanFilter(state: .queued),
      PlanFilter(state: .processing), PlanFilter(action: action.name),
      PlanFilter(state: .errored, action: action.name),
      PlanFilter(namespace: action.name.namespace), PlanFilter(project: ProjectName("bulk")),
      PlanFilter(label: Plan.Label("kind", "bulk")),
      PlanFilter(state: .errored, label: Plan.Label("kind", "bulk")),
      PlanFilter(parent: store.tree[0].id), PlanFilter(root: store.tree[0].id),
    ]
    for filter in filters {
      let scan = QueryRules.scan(for: filter)
      for order in PageOrder.allCases {
        for after in [nil, PlanCursor(after: Sample.id(1_100))] {
          let query = PlanQuery(filter, order: order, limit: limit, after: after)
          reads.append(
            NamedCall(
              name: "a page of \(scan), \(order)\(after == nil ? "" : ", further on")"
            ) {
              _ = try $0.plans(matching: query)
            })
        }
      }
    }
    return try reads.map { read in
      (read.name, try engine.measuringReads { try read.run($0) })
    }
  }
}
