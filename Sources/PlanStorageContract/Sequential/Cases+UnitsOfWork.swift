import PlanDomain
import PlanStorage

/// What bodies of cases throw to have their unit of work taken back.
struct RolledBack: Error, Equatable {
  let number: Int
}

extension Cases {
  static let unitsOfWork: [ContractPromise] = [
    ContractPromise(
      "work.throws-leaves-nothing",
      "A body that throws leaves nothing behind, and what it threw is thrown on"
    ) { context in
      let store = try context.populated()
      let before = try store.engine.everything()
      for (number, change) in try context.changes(store).enumerated() {
        do {
          try store.engine.write { work in
            try change.run(work)
            throw RolledBack(number: number)
          }
          throw context.violation(
            step: change.name, expected: "the body's error", got: "no error")
        } catch let error as RolledBack {
          try context.expect(error.number, is: number, "\(change.name): which error came")
        }
        try context.expect(
          try store.engine.everything(), is: before, "\(change.name), taken back")
      }
      // All of them at once.
      let changes = try context.changes(store)
      try? store.engine.write { work in
        for change in changes { try? change.run(work) }
        throw RolledBack(number: 0)
      }
      try context.expect(try store.engine.everything(), is: before, "all, taken back")
    },
    ContractPromise(
      "work.method-throws-writes-nothing", "A method that throws has written nothing"
    ) { context in
      let store = try context.populated()
      let engine = store.engine
      let before = try engine.everything()
      let refusals = try context.refusals(store)
      try engine.write { work in
        for refusal in refusals {
          do { try refusal.run(work) } catch { continue }
          throw context.violation(step: refusal.name, expected: "an error", got: "no error")
        }
      }
      try context.expect(try engine.everything(), is: before, "after refusals")
    },
    ContractPromise("work.goes-on-after-refusal", "And the body may go on") { context in
      let store = try context.populated()
      let next = try Sample.plan(77, of: store.action)
      let refusals = try context.refusals(store)
      try store.engine.write { work in
        for refusal in refusals { try? refusal.run(work) }
        try work.insert(next)
        for refusal in refusals { try? refusal.run(work) }
      }
      let read = try store.engine.read { try $0.plan(next.id) }
      try context.expect(read, equals: next, "what was written between two refusals")
    },
    ContractPromise("work.reads-own-writes", "Reads inside of it see its own writes") { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action, key: "k", projects: ["p"])
      let changed = plan.with(try Sample.progress(.strategizeProcessing, version: 2, epoch: 1))
      try engine.write { work in
        try work.insert(plan)
        try context.expect(try work.plan(plan.id), equals: plan, "its own insert")
        try context.expect(
          try work.plan(of: action.name, idempotencyKey: Key("k")), equals: plan, "by its key")
        try context.expect(
          try work.readyPlans(for: [plan.actor], at: .far, limit: 9), are: [plan], "what is ready")
        try work.save(changed, replacing: plan)
        try context.expect(try work.plan(plan.id), equals: changed, "its own save")
        try context.expect(
          try work.readyPlans(for: [plan.actor], at: .far, limit: 9), are: [], "what is ready")
        try context.expect(
          try work.expiredLeases(at: .far, limit: 9), are: [changed], "its own lease")
        try context.expect(
          try work.plans(matching: PlanQuery(PlanFilter(state: .processing))).rows, are: [changed],
          "its own page")
        try work.append(Sample.event(plan.id, 1))
        try context.expect(
          try work.events(after: .start, limit: 9).map(\.event.plan), is: [plan.id], "its event")
        try context.expect(try work.removeTree(plan.id), is: 1, "its own removal")
        try context.expect(try work.plan(plan.id), equals: Plan?.none, "what it removed")
        try context.expect(try work.counts(in: .all).total, is: 0, "its own count")
      }
    },
    ContractPromise("work.result", "What the body returns is what the caller gets") { context in
      let engine = try context.openFresh()
      try context.expect(try engine.write { _ in [1, 2] }, is: [1, 2], "a unit of work's result")
      try context.expect(try engine.read { _ in "x" }, is: "x", "a read's result")
      do {
        try engine.read { _ in throw RolledBack(number: 3) }
        throw context.violation(step: "reading", expected: "the body's error", got: "none")
      } catch let error as RolledBack {
        try context.expect(error.number, is: 3, "which error came out of the read")
      }
    },
    ContractPromise("work.runs-once", "A body is run once only when it throws") { context in
      let engine = try context.openFresh()
      let runs = Locked(0)
      for _ in 0..<20 {
        try? engine.write { _ in
          runs.withLock { $0 += 1 }
          throw RolledBack(number: 0)
        }
      }
      try context.expect(runs.withLock { $0 }, is: 20, "bodies run")
    },
    ContractPromise(
      "work.nested", "Throws `nestedUnitOfWork` inside another body of the same store"
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action)
      let nested: [(String, @Sendable () throws -> Void)] = [
        ("a read", { try engine.read { _ in } }), ("a write", { try engine.write { _ in } }),
      ]
      for (name, call) in nested {
        try engine.read { _ in
          try context.expectError(.nestedUnitOfWork, "\(name) in a read") { try call() }
        }
        try engine.write { _ in
          try context.expectError(.nestedUnitOfWork, "\(name) in a write") { try call() }
        }
      }
      try engine.write { work in
        _ = try? engine.write { _ in }
        try work.insert(plan)
      }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(read, equals: plan, "what the body wrote after the refusal")
    },
    ContractPromise("work.session-ended", "Used later, every method throws `sessionEnded`") {
      context in
      let store = try context.populated()
      let (reader, writer) = (KeptSession<any ReadSession>(), KeptSession<any UnitOfWork>())
      try store.engine.read { reader.keep($0) }
      try store.engine.write { writer.keep($0) }
      guard let session = reader.take(), let work = writer.take() else { return }
      for read in try context.reads(store) {
        try context.expectError(.sessionEnded, "\(read.name), after a read") {
          try read.run(session)
        }
        try context.expectError(.sessionEnded, "\(read.name), after a unit of work") {
          try read.run(work)
        }
      }
      for change in try context.changes(store) {
        try context.expectError(.sessionEnded, "\(change.name), after a unit of work") {
          try change.run(work)
        }
      }
    },
    ContractPromise("work.read-session-cannot-write", "One consistent, read-only view") { context in
      let store = try context.populated()
      let before = try store.engine.everything()
      let changes = try context.changes(store)
      try store.engine.read { session in
        // Some adapters have one type for both; it must know which one it is.
        guard let work = session as? any UnitOfWork else { return }
        for change in changes {
          do { try change.run(work) } catch { continue }
          throw context.violation(
            step: "\(change.name) in a read", expected: "an error", got: "no error")
        }
      }
      try context.expect(try store.engine.everything(), is: before, "after all that")
    },
  ]
}

/// A session that is kept beyond its body, past the compiler, which would not have it: what a host
/// must not do, and a store must notice.
final class KeptSession<Session>: Sendable {
  private final class Box {
    let session: Session
    init(_ session: Session) { self.session = session }
  }
  private let address = Locked(UInt(0))

  func keep(_ session: Session) {
    let box = UInt(bitPattern: Unmanaged.passRetained(Box(session)).toOpaque())
    address.withLock { $0 = box }
  }

  /// The session, once.
  func take() -> Session? {
    let box = UnsafeRawPointer(bitPattern: address.withLock { $0 })
    return box.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().session }
  }
}
