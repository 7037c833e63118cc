import PlanDomain
import PlanStorage

extension Cases {
  static let fairness: [CaseDefinition] = [
    CaseDefinition(
      "concurrent.writer-not-starved", "Continuous reads do not starve a unit of work",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.withAction()
      try context.expectTurns(busy: { try engine.read { _ = try $0.plan(Sample.id(1)) } }) {
        let plan = try Sample.plan(UInt64($0), of: action)
        try engine.write { try $0.insert(plan) }
      }
    },
    CaseDefinition(
      "concurrent.reader-not-starved", "Continuous units of work do not starve a read",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.withAction()
      let numbers = SharedCounter()
      try context.expectTurns(
        busy: {
          let plan = try Sample.plan(UInt64(numbers.next()), of: action)
          try engine.write { try $0.insert(plan) }
        }
      ) { _ in _ = try engine.read { try $0.counts(in: .all).total } }
    },
    CaseDefinition(
      "concurrent.close-waits", "Closing a store waits until its running bodies have ended",
      layer: .concurrent
    ) { context in
      for isWrite in [true, false] {
        let store = try context.fresh()
        let (engine, other) = (try context.open(store), try context.open(store))
        let (action, began) = (try Sample.action(), Latch<Void>())
        let ended = Locked(false)
        let results = try race(2) { thread in
          outcome {
            guard thread == 0 else {
              try began.wait(for: "a body to begin")
              try engine.close()
              try context.expect(
                ended.withLock { $0 }, "when `close` has returned",
                expected: "the body has ended", got: "the body still runs")
              return
            }
            // Never opened: the body gives a `close` that does not wait time to return.
            let pause = Latch<Void>()
            if isWrite {
              try engine.write { work in
                began.open(with: ())
                _ = pause.wait(atMost: .milliseconds(30))
                try work.insert(action)
                ended.withLock { $0 = true }
              }
            } else {
              try engine.read { session in
                began.open(with: ())
                _ = pause.wait(atMost: .milliseconds(30))
                _ = try session.action(action.name)
                ended.withLock { $0 = true }
              }
            }
          }
        }
        for result in results { try result.get() }
        let stored = try other.read { try $0.action(action.name) }
        try context.expect(stored != nil, is: isWrite, "whether the action of the body is stored")
      }
    },
  ]
}

extension CaseContext {
  /// Throws a violation if `turn` starves while other threads call `busy` continuously.
  ///
  /// The limit is a number of calls of `busy`, because the duration of calls depends on the machine.
  /// A slow disk or a thread that the system does not schedule can exceed the limit although the
  /// store is fair, so that half of the turns may exceed it. In a store that starves callers, all
  /// turns exceed it.
  fileprivate func expectTurns(
    busy: @escaping @Sendable () throws -> Void, _ turn: @escaping @Sendable (Int) throws -> Void
  ) throws {
    let (turns, limit) = (10, effort.scaled(100_000))
    var late = 0
    for number in 0..<turns where late <= turns / 2 {
      if try !isInTime(limit: limit, busy: busy, { try turn(1_000_000 + number) }) { late += 1 }
    }
    try expect(
      late <= turns / 2, "making a call \(turns) times beside busy threads",
      expected: "at least half of them within \(limit) calls of the busy threads",
      got: "\(late) calls that took longer")
  }

  /// Makes the call `turn`; whether it returned within `limit` calls of `busy` by other threads.
  ///
  /// The other threads end after the limit, so that a starved call returns too.
  private func isInTime(
    limit: Int, busy: @escaping @Sendable () throws -> Void,
    _ turn: @escaping @Sendable () throws -> Void
  ) throws -> Bool {
    let areBusy = Latch<Void>()
    let calls = Locked(0)
    let isOver = Locked(false)
    let results = try race(4) { thread in
      outcome { () -> Bool in
        if thread == 0 {
          defer { isOver.withLock { $0 = true } }
          try areBusy.wait(for: "the other callers to begin")
          calls.withLock { $0 = 0 }
          try turn()
          return calls.withLock { $0 <= limit }
        }
        defer { areBusy.open(with: ()) }
        while !isOver.withLock({ $0 }), calls.withLock({ $0 <= limit }) {
          try busy()
          let count = calls.withLock { calls in
            calls += 1
            return calls
          }
          if count == 50 { areBusy.open(with: ()) }
        }
        return true
      }
    }
    return try results.allSatisfy { try $0.get() }
  }
}
