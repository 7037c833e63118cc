import PlanDomain
import PlanStorage

extension Cases {
  static let snapshots: [CaseDefinition] = [
    CaseDefinition(
      "concurrent.one-snapshot",
      "All reads of a session see the same snapshot, pages as well as single plans",
      layer: .concurrent
    ) { context in
      let store = try context.populated()
      var writesBesideReads = false
      for (number, change) in try context.changes(store).enumerated() {
        let before = try store.engine.read { try context.view($0, store) }
        // In a store whose reads block units of work every wait fails: two changes are enough.
        let timeout: Duration = writesBesideReads ? .seconds(20) : .milliseconds(250)
        let read = try context.reading(store, while: change, timeout: timeout)
        if read.beganAfterCommit {
          // The engine has run the body again: the last run must see the change as a whole.
          let after = try store.engine.read { try context.view($0, store) }
          try context.expect(
            read.view, is: after, "in a session that began after '\(change.name)' was committed")
          writesBesideReads = true
          continue
        }
        try context.expect(
          read.view, is: before, "in a session that began before '\(change.name)' was committed")
        writesBesideReads = writesBesideReads || read.isCommitted
        if number == 1, !writesBesideReads { return }
      }
    }
  ]
}

extension CaseContext {
  /// Reads in a session while another thread makes a change after the first read of the session.
  ///
  /// Waits for the commit of the change up to `timeout`, then reads the contents. Returns these,
  /// whether the change was committed, and whether that was so before the session began.
  fileprivate func reading(
    _ store: PopulatedStore, while change: NamedCall<any UnitOfWork>, timeout: Duration
  ) throws -> SnapshotRead {
    let (isUsed, isCommitted) = (Latch<Void>(), Latch<Void>())
    let results = try race(2) { thread in
      outcome { () -> SnapshotRead? in
        if thread == 1 {
          try isUsed.wait(for: "the session to be used")
          try store.engine.write { try change.run($0) }
          isCommitted.open(with: ())
          return nil
        }
        defer { isUsed.open(with: ()) }
        return try store.engine.read { session in
          let beganAfterCommit = isCommitted.wait(atMost: .zero) != nil
          _ = try session.plan(store.single.id)
          isUsed.open(with: ())
          let committed = isCommitted.wait(atMost: timeout) != nil
          return SnapshotRead(
            view: try self.view(session, store), isCommitted: committed,
            beganAfterCommit: beganAfterCommit)
        }
      }
    }
    var read: SnapshotRead?
    for result in results { read = try result.get() ?? read }
    guard let read else {
      throw violation(step: "reading in a session", expected: "a result", got: "no result")
    }
    return read
  }

  /// The results of every kind of read, and of pages with different filters, as text.
  fileprivate func view(_ session: any ReadSession, _ store: PopulatedStore) throws -> String {
    var lines = ["\(try session.contents())"]
    let filters = [
      PlanFilter(), PlanFilter(state: .processing), PlanFilter(action: store.action.name),
      PlanFilter(namespace: store.action.name.namespace), PlanFilter(project: ProjectName("p")),
      PlanFilter(root: store.tree[0].id), PlanFilter(parent: store.tree[0].id),
    ]
    for (number, filter) in filters.enumerated() {
      let page = try session.plans(matching: PlanQuery(filter, limit: .largest))
      let counts = try session.counts(in: QueryRules.scope(for: filter))
      lines += ["page \(number) of \(counts.total)"] + page.rows.map { $0.portable.serialized() }
    }
    return lines.joined(separator: "\n")
  }
}

/// What a session has read, and when it began.
private struct SnapshotRead: Sendable {
  let view: String
  /// Whether the change was committed before the session ended.
  let isCommitted: Bool
  /// Whether the change was committed before the session began.
  let beganAfterCommit: Bool
}
