import PlanDomain
import PlanStorage

extension Cases {
  static let snapshots: [ContractPromise] = [
    ContractPromise(
      "concurrent.one-snapshot",
      "All reads of one session show the same moment, pages as well as single plans",
      layer: .concurrent
    ) { context in
      let store = try context.populated()
      var hasOvertaken = false
      for (number, change) in try context.changes(store).enumerated() {
        let before = try store.engine.read { try context.view($0, store) }
        // A store whose readers keep units of work out shows it twice, and is not asked again.
        let patience: Duration = hasOvertaken ? .seconds(20) : .milliseconds(250)
        let read = try context.reading(store, while: change, patience: patience)
        try context.expect(
          read.view, is: before, "in a session that began before '\(change.name)' was committed")
        hasOvertaken = hasOvertaken || read.isOvertaken
        if number == 1, !hasOvertaken { return }
      }
    }
  ]
}

extension CaseContext {
  /// What one session shows after a change was committed that began when the session had been used
  /// once, or could not be committed so long as the session lasted.
  fileprivate func reading(
    _ store: PopulatedStore, while change: Named<any UnitOfWork>, patience: Duration
  ) throws -> (view: String, isOvertaken: Bool) {
    let (isUsed, isCommitted) = (Latch<Void>(), Latch<Void>())
    let results = try race(2) { thread in
      outcome { () -> (view: String, isOvertaken: Bool)? in
        if thread == 1 {
          try isUsed.wait(for: "the session to be used")
          try store.engine.write { try change.run($0) }
          isCommitted.open(with: ())
          return nil
        }
        defer { isUsed.open(with: ()) }
        return try store.engine.read { session in
          _ = try session.plan(store.single.id)
          isUsed.open(with: ())
          let isOvertaken = isCommitted.wait(atMost: patience) != nil
          return (try self.view(session, store), isOvertaken)
        }
      }
    }
    var read: (view: String, isOvertaken: Bool)?
    for result in results { read = try result.get() ?? read }
    guard let read else {
      throw violation(step: "reading", expected: "an answer", got: "none")
    }
    return read
  }

  /// Everything that a session shows, and pages of every kind.
  fileprivate func view(_ session: any ReadSession, _ store: PopulatedStore) throws -> String {
    var lines = ["\(try session.whole())"]
    let filters = [

      PlanFilter(), PlanFilter(state: .processing), PlanFilter(action: store.action.name),
      PlanFilter(namespace: store.action.name.namespace), PlanFilter(project: ProjectName("p")),
      PlanFilter(root: store.family[0].id), PlanFilter(parent: store.family[0].id),
    ]
    for (number, filter) in filters.enumerated() {
      let page = try session.plans(matching: PlanQuery(filter, limit: .largest))
      let counts = try session.counts(in: filter.scope)
      lines += ["page \(number) of \(counts.total)"] + page.rows.map { $0.portable.serialized() }
    }
    return lines.joined(separator: "\n")
  }
}
