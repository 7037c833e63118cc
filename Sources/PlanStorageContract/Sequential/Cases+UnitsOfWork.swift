import PlanDomain
import PlanStorage

/// The error that a body throws in order to roll its unit of work back.
struct RolledBack: Error, Equatable {
  let number: Int
}

extension Cases {
  static let unitsOfWork: [CaseDefinition] = [
    CaseDefinition(
      "work.throws-leaves-nothing",
      "A unit of work whose body throws is rolled back, and `write` throws the same error"
    ) { context in
      let store = try context.populated()
      let before = try store.engine.contentsDescription()
      for (number, change) in try context.changes(store).enumerated() {
        do {
          try store.engine.write { work in
            try change.run(work)
            throw RolledBack(number: number)
          }
          throw context.violation(
            step: change.name, expected: "the body's error", got: "no error")
        } catch let error as RolledBack {
          try context.expect(error.number, is: number, "\(change.name): the error of `write`")
        }
        try context.expect(
          try store.engine.contentsDescription(), is: before, "\(change.name), rolled back")
      }
      // All changes in one unit of work.
      let changes = try context.changes(store)
      try? store.engine.write { work in
        for change in changes { try? change.run(work) }
        throw RolledBack(number: 0)
      }
      try context.expect(
        try store.engine.contentsDescription(), is: before, "all changes, rolled back")
    },
    CaseDefinition(
      "work.method-throws-writes-nothing", "A write method that throws has written nothing"
    ) { context in
      let store = try context.populated()
      let engine = store.engine
      let before = try engine.contentsDescription()
      let refusals = try context.refusals(store)
      try engine.write { work in
        for refusal in refusals {
          do { try refusal.run(work) } catch { continue }
          throw context.violation(step: refusal.name, expected: "an error", got: "no error")
        }
      }
      try context.expect(try engine.contentsDescription(), is: before, "after the refused writes")
    },
    CaseDefinition(
      "work.goes-on-after-refusal", "The body can continue after a write method has thrown"
    ) { context in
      let store = try context.populated()
      let next = try Sample.plan(77, of: store.action)
      let refusals = try context.refusals(store)
      try store.engine.write { work in
        for refusal in refusals { try? refusal.run(work) }
        try work.insert(next)
        for refusal in refusals { try? refusal.run(work) }
      }
      let read = try store.engine.read { try $0.plan(next.id) }
      try context.expect(read, equals: next, "the plan that was written between refused writes")
    },
    CaseDefinition("work.reads-own-writes", "Reads in a unit of work see its own writes") {
      context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action, key: "k", projects: ["p"])
      let changed = plan.with(try Sample.progress(.strategizeProcessing, version: 2, epoch: 1))
      try engine.write { work in
        try work.insert(plan)
        try context.expect(try work.plan(plan.id), equals: plan, "its own insert")
        try context.expect(
          try work.plan(of: action.name, idempotencyKey: Key("k")), equals: plan, "by its key")
        try context.expect(
          try work.readyPlans(for: [plan.actor], at: .far, limit: 9), are: [plan], "ready plans")
        try work.save(changed, replacing: plan)
        try context.expect(try work.plan(plan.id), equals: changed, "its own save")
        try context.expect(
          try work.readyPlans(for: [plan.actor], at: .far, limit: 9), are: [], "ready plans")
        try context.expect(
          try work.expiredLeases(at: .far, limit: 9), are: [changed], "its own lease")
        try context.expect(
          try work.plans(matching: PlanQuery(PlanFilter(state: .processing))).rows, are: [changed],
          "its own page")
        try work.append(Sample.event(plan.id, 1))
        try context.expect(
          try work.events(after: .start, limit: 9).map(\.event.plan), is: [plan.id], "its event")
        try context.expect(try work.removeTree(plan.id), is: 1, "its own removal")
        try context.expect(try work.plan(plan.id), equals: Plan?.none, "the plan that it removed")
        try context.expect(try work.counts(in: .all).total, is: 0, "its own count")
      }
    },
    CaseDefinition("work.result", "`read` and `write` return the result of the body or its error") {
      context in
      let engine = try context.openFresh()
      try context.expect(try engine.write { _ in [1, 2] }, is: [1, 2], "a unit of work's result")
      try context.expect(try engine.read { _ in "x" }, is: "x", "a read's result")
      do {
        try engine.read { _ in throw RolledBack(number: 3) }
        throw context.violation(step: "reading", expected: "the body's error", got: "none")
      } catch let error as RolledBack {
        try context.expect(error.number, is: 3, "the error of `read`")
      }
    },
    CaseDefinition("work.runs-once", "A body that throws does not run again") { context in
      let engine = try context.openFresh()
      let runs = Locked(0)
      for _ in 0..<20 {
        try? engine.write { _ in
          runs.withLock { $0 += 1 }
          throw RolledBack(number: 0)
        }
      }
      try context.expect(runs.withLock { $0 }, is: 20, "how often 20 bodies ran")
    },
    CaseDefinition(
      "work.nested",
      "`read` and `write` throw `nestedUnitOfWork` inside another body of the same store"
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
      try context.expect(read, equals: plan, "the plan that the body wrote after the error")
    },
    CaseDefinition(
      "work.session-ended", "Every method of a session throws `sessionEnded` after its body"
    ) { context in
      let store = try context.populated()
      let (reader, writer) = (EscapedSession<any ReadSession>(), EscapedSession<any UnitOfWork>())
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
    CaseDefinition("work.read-session-cannot-write", "The session of a read cannot write") {
      context in
      let store = try context.populated()
      let before = try store.engine.contentsDescription()
      let changes = try context.changes(store)
      try store.engine.read { session in
        // An adapter may use one type for both kinds of session.
        guard let work = session as? any UnitOfWork else { return }
        for change in changes {
          do { try change.run(work) } catch { continue }
          throw context.violation(
            step: "\(change.name) in a read", expected: "an error", got: "no error")
        }
      }
      try context.expect(
        try store.engine.contentsDescription(), is: before, "after the attempts to write")
    },
  ]
}

/// A session that outlives its body, which the compiler normally prevents.
///
/// A host must not do this; a store must detect it.
final class EscapedSession<Session>: Sendable {
  private final class Box {
    let session: Session
    init(_ session: Session) { self.session = session }
  }
  private let address = Locked(UInt(0))

  func keep(_ session: Session) {
    let box = UInt(bitPattern: Unmanaged.passRetained(Box(session)).toOpaque())
    address.withLock { $0 = box }
  }

  /// Returns the session and releases it; must be called only once.
  func take() -> Session? {
    let box = UnsafeRawPointer(bitPattern: address.withLock { $0 })
    return box.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().session }
  }
}
