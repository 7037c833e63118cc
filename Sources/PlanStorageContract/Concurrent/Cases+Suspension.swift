import PlanDomain
import PlanStorage

extension Cases {
  static let suspensions: [CaseDefinition] = [
    CaseDefinition(
      "suspend.refuses", "Calls of all engines of a suspended store throw `suspended`",
      layer: .concurrent
    ) { context in
      let store = try context.fresh()
      let (a, b) = (try context.suspendable(store), try context.suspendable(store))
      let action = try Sample.action()
      try a.suspend(.fail, within: TimeoutError.limit)
      for engine in [a, b, try context.suspendable(store)] {
        try context.expect(engine.suspension.isSuspended, is: true, "`isSuspended`")
        try context.expectError(.suspended, "reading") { try engine.read { _ in } }
        try context.expectError(.suspended, "writing") {
          try engine.write { try $0.insert(action) }
        }
        guard let engine = engine as? any UnitOfWorkSubmitting else { continue }
        let outcome = Latch<Result<Void, any Error>>()
        _ = engine.submit { _ in
        } completion: {
          outcome.open(with: $0)
        }
        try context.expectError(.suspended, "submitting") {
          try outcome.wait(for: "the outcome of a submission").get()
        }
      }
      try b.resume()
      let stored = try a.read { try $0.action(action.name) }
      try context.expect(stored, equals: Action?.none, "the action of a refused unit of work")
    },
    CaseDefinition(
      "suspend.keeps-contents", "A resumed store has its contents and takes calls",
      layer: .concurrent
    ) { context in
      let store = try context.populated()
      let engine = try context.suspendable(store.engine)
      for round in 0..<3 {
        let before = try engine.contentsDescription()
        try engine.suspend(.wait, within: TimeoutError.limit)
        try engine.resume()
        try context.expect(
          try engine.contentsDescription(), is: before, "the contents after suspension \(round)")
        let next = try Sample.action("kit/next-\(round)")
        try engine.write { try $0.insert(next) }
        let read = try engine.read { try $0.action(next.name) }
        try context.expect(read, equals: next, "an action that was stored after it")
      }
    },
    CaseDefinition(
      "suspend.not-counted", "`suspend` and `resume` are idempotent; suspensions are not counted",
      layer: .concurrent
    ) { context in
      let engine = try context.suspendable(try context.openFresh())
      try engine.resume()
      try engine.read { _ in }
      for calls in [SuspendedCalls.fail, .wait, .fail] {
        try engine.suspend(calls, within: TimeoutError.limit)
        try context.expect(engine.suspension.calls, is: calls, "what calls do")
        try context.expectError(.suspended, "reading") { try engine.read { _ in } }
      }
      for _ in 0..<2 {
        try engine.resume()
        try context.expect(engine.suspension.calls, is: nil, "what calls do after `resume`")
        try engine.read { _ in }
        try engine.write { _ in }
      }
    },
    CaseDefinition(
      "suspend.on-resume", "The handlers of `onResume` are called at the end of each suspension",
      layer: .concurrent
    ) { context in
      let engine = try context.suspendable(try context.openFresh())
      let ends = Locked(0)
      let subscription = engine.suspension.onResume { ends.withLock { $0 += 1 } }
      for round in 1...3 {
        try engine.suspend(.fail, within: TimeoutError.limit)
        try context.expect(ends.withLock { $0 }, is: round - 1, "calls during suspension \(round)")
        try engine.resume()
        try context.expect(ends.withLock { $0 }, is: round, "calls after suspension \(round)")
      }
      withExtendedLifetime(subscription) {}
    },
    CaseDefinition(
      "suspend.misuse",
      "`suspend` and `resume` throw `nestedUnitOfWork` in a unit of work, `closed` after `close`",
      layer: .concurrent
    ) { context in
      let store = try context.fresh()
      let (a, b) = (try context.suspendable(store), try context.suspendable(store))
      try a.write { _ in
        try context.expectError(.nestedUnitOfWork, "suspending in a unit of work") {
          try a.suspend(.fail, within: .zero)
        }
        try context.expectError(.nestedUnitOfWork, "resuming in a unit of work") { try a.resume() }
      }
      try a.suspend(.fail, within: TimeoutError.limit)
      try a.close()
      try context.expectError(.closed, "suspending a closed store") {
        try a.suspend(.fail, within: .zero)
      }
      try context.expectError(.closed, "resuming a closed store") { try a.resume() }
      try context.expectError(.suspended, "reading after another engine was closed") {
        try b.read { _ in }
      }
      try b.resume()
      try b.read { _ in }
    },
    CaseDefinition(
      "suspend.waits", "`suspend` waits for a body that ends within the limit, and keeps its work",
      layer: .concurrent
    ) { context in
      let engine = try context.suspendable(try context.openFresh())
      let (action, began, hasReturned) = (try Sample.action(), Latch<Void>(), Latch<Void>())
      let ended = Locked(false)
      let results = try race(2) { thread in
        outcome {
          guard thread == 0 else {
            defer { hasReturned.open(with: ()) }
            try began.wait(for: "a body to begin")
            try engine.suspend(.fail, within: TimeoutError.limit)
            return try context.expect(
              ended.withLock { $0 }, "when `suspend` has returned",
              expected: "the body has ended", got: "the body still runs")
          }
          try engine.write { work in
            began.open(with: ())
            // Gives a `suspend` that does not wait for the body the time to return.
            for _ in 0..<100 where !engine.suspension.isSuspended {
              _ = hasReturned.wait(atMost: .milliseconds(10))
            }
            _ = hasReturned.wait(atMost: .milliseconds(200))
            try work.insert(action)
            ended.withLock { $0 = true }
          }
        }
      }
      for result in results { try result.get() }
      try engine.resume()
      let stored = try engine.read { try $0.action(action.name) }
      try context.expect(stored, equals: action, "the action of the unit of work")
    },
    CaseDefinition(
      "suspend.rolls-back",
      "A unit of work that does not end within the limit is rolled back and throws `suspended`",
      layer: .concurrent
    ) { context in
      let engine = try context.suspendable(try context.openFresh())
      let (early, late) = (try Sample.action("kit/early"), try Sample.action("kit/late"))
      let (began, isSuspended) = (Latch<Void>(), Latch<Void>())
      let results = try race(2) { thread in
        outcome {
          guard thread == 0 else {
            defer { isSuspended.open(with: ()) }
            try began.wait(for: "a body to begin")
            return try repeatingWhileBusy { try engine.suspend(.fail, within: .milliseconds(20)) }
          }
          try context.expectError(.suspended, "writing during `suspend`") {
            try engine.write { work in
              try work.insert(early)
              began.open(with: ())
              try isSuspended.wait(for: "`suspend` to return")
              // The store may refuse it already; the body ignores that.
              try? work.insert(late)
            }
          }
        }
      }
      for result in results { try result.get() }
      try engine.resume()
      let stored = try engine.read { try $0.actions(matching: ActionQuery()).rows.count }
      try context.expect(stored, is: 0, "the number of actions that are stored")
      try engine.write { try $0.insert(late) }
    },
    CaseDefinition(
      "suspend.under-load", "Suspensions at random moments lose nothing that was acknowledged",
      layer: .concurrent
    ) { context in
      let (opened, action) = try context.withAction()
      let engine = try context.suspendable(opened)
      let isOver = Locked(false)
      let rounds = context.effort.scaled(15)
      let results = try race(4) { thread in
        outcome { () -> Set<Plan.ID> in
          guard thread > 0 else {
            defer { isOver.withLock { $0 = true } }
            return try context.suspendAtRandom(engine, rounds: rounds)
          }
          var number = UInt64(thread) * 1_000_000
          var acknowledged: Set<Plan.ID> = []
          while !isOver.withLock({ $0 }) {
            number += 1
            let plan = try Sample.plan(number, of: action)
            do {
              try engine.write { work in
                try work.insert(plan)
                try work.append(Sample.event(plan.id, 1))
              }
              acknowledged.insert(plan.id)
              _ = try engine.read { try $0.plan(plan.id) }
            } catch StorageError.Code.suspended {}
          }
          return acknowledged
        }
      }
      let acknowledged = try results.reduce(into: Set<Plan.ID>()) { try $0.formUnion($1.get()) }
      context.count { $0.operations += acknowledged.count }
      let stored = try context.feed(engine, after: .start, limit: 1_000).map(\.event.plan)
      let (lost, unasked) = (
        acknowledged.subtracting(stored), Set(stored).subtracting(acknowledged)
      )
      try context.expect(lost.count, is: 0, "acknowledged plans that are not stored")
      try context.expect(unasked.count, is: 0, "stored plans that were not acknowledged")
      let total = try engine.read { try $0.counts(in: .all).total }
      try context.expect(total, is: acknowledged.count, "the number of plans")
    },
  ]
}

extension CaseContext {
  /// The store, if it can be suspended; throws `NotOffered` for others.
  fileprivate func suspendable(_ engine: any StorageEngine) throws -> any Suspendable {
    guard let engine = engine as? any Suspendable else {
      throw NotOffered(reason: "the store cannot be suspended (`Suspendable`)")
    }
    return engine
  }

  /// Opens a store that can be suspended; throws `NotOffered` for others.
  fileprivate func suspendable(_ store: FreshStore) throws -> any Suspendable {
    try suspendable(try open(store))
  }

  /// Suspends and resumes a store that others use; some suspensions give running bodies no time.
  fileprivate func suspendAtRandom(
    _ engine: any Suspendable, rounds: Int
  ) throws -> Set<Plan.ID> {
    var random = SeededGenerator(seed: seed)
    // Never opened: a wait for it is a pause.
    let pause = Latch<Void>()
    for round in 0..<rounds {
      _ = pause.wait(atMost: .microseconds(Int64.random(in: 0...3_000, using: &random)))
      let limit = round.isMultiple(of: 2) ? Duration.zero : TimeoutError.limit
      try repeatingWhileBusy { try engine.suspend(.fail, within: limit) }
      try expectError(.suspended, "reading while suspended") { try engine.read { _ in } }
      try repeatingWhileBusy { try engine.resume() }
    }
    return []
  }
}

/// Repeats a suspension or a resumption that throws `busy`, as the port asks its callers to do.
private func repeatingWhileBusy(_ call: () throws -> Void) throws {
  let end = ContinuousClock.now + TimeoutError.limit
  // Never opened: a wait for it is a pause.
  let pause = Latch<Void>()
  while true {
    do { return try call() } catch StorageError.Code.busy where ContinuousClock.now < end {
      _ = pause.wait(atMost: .milliseconds(1))
    }
  }
}
