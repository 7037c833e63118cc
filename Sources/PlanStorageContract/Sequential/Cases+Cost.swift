import PlanDomain
import PlanStorage

extension Cases {
  static let cost: [ContractPromise] = [
    ContractPromise("read.cost", "No read's cost grows with the number of plans stored") {
      context in
      let store = try context.populated()
      guard let engine = store.engine as? any ReadMeasuring else {
        throw NotOffered(reason: "the store does not count what a read costs (`ReadMeasuring`)")
      }
      let action = try Sample.action("kit/crowd")
      try engine.write { try $0.insert(action) }
      try context.crowd(engine, action, 0..<200)
      let small = try context.costs(engine, store, action)
      try context.crowd(engine, action, 200..<1_600)
      let large = try context.costs(engine, store, action)
      for (small, large) in zip(small, large) {
        // Eight times the plans; what is allowed for is the logarithm, and what a list of more
        // pieces takes to be merged.
        try context.expect(
          large.visits <= 2 * small.visits + 100, "\(small.name), with eight times the plans",
          expected: "about as many visits as before: \(small.visits)", got: "\(large.visits)")
      }
    }
  ]
}

extension CaseContext {
  /// Stores plans of every kind that there can be many of; nobody works on them.
  fileprivate func crowd(
    _ engine: any StorageEngine, _ action: Action, _ numbers: Range<UInt64>
  ) throws {
    let statuses = PlanStatus.allCases.filter { $0.state != .processing }
    let plans = try numbers.map { number in
      try Sample.plan(
        1_000 + number, of: action, status: statuses[Int(number) % statuses.count],
        readyAt: Int64(number), endedAt: Int64(number), key: "k\(number)", projects: ["crowd"])
    }
    try engine.write { work in
      for plan in plans {
        try work.insert(plan)
        try work.append(Sample.event(plan.id, 1))
      }
    }
  }

  /// What each kind of read visits.
  ///
  /// Counting is left out: the ports allow it to take as long as there is something to count.
  fileprivate func costs(
    _ engine: any ReadMeasuring, _ store: PopulatedStore, _ action: Action
  ) throws -> [(name: String, visits: Int)] {
    let limit = try PageLimit(9)
    var reads = try self.reads(store).filter { $0.name != "counts" }
    let actor = action.snapshot.actors.strategy
    let key = Key("k7")
    reads += [
      Named(name: "the first that is ready") {
        _ = try $0.readyPlans(for: [actor], at: .far, limit: 1)
      },
      Named(name: "a plan of the crowd by its key") {
        _ = try $0.plan(of: action.name, idempotencyKey: key)
      },
      Named(name: "the next events of all plans") {
        _ = try $0.events(after: EventCursor(position: 100), limit: 9)
      },
    ]
    let filters = [
      PlanFilter(), PlanFilter(phase: .apply, state: .applied), PlanFilter(state: .queued),
      PlanFilter(state: .processing), PlanFilter(action: action.name),
      PlanFilter(state: .errored, action: action.name),
      PlanFilter(namespace: action.name.namespace), PlanFilter(project: ProjectName("crowd")),
      PlanFilter(parent: store.family[0].id), PlanFilter(root: store.family[0].id),
    ]
    for filter in filters {
      for order in PageOrder.allCases {
        for after in [nil, PlanCursor(after: Sample.id(1_100))] {
          let query = PlanQuery(filter, order: order, limit: limit, after: after)
          reads.append(
            Named(name: "a page of \(filter.scan), \(order)\(after == nil ? "" : ", further on")") {
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
