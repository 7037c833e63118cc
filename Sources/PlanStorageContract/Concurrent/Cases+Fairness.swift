import PlanDomain
import PlanStorage

extension Cases {
  static let fairness: [ContractPromise] = [
    ContractPromise(
      "concurrent.writer-not-starved", "A unit of work gets its turn among readers",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.withAction()
      try context.expectTurns(busy: { try engine.read { _ = try $0.plan(Sample.id(1)) } }) {
        let plan = try Sample.plan(UInt64($0), of: action)
        try engine.write { try $0.insert(plan) }
      }
    },
    ContractPromise(
      "concurrent.reader-not-starved", "A read gets its turn among units of work",
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
    ContractPromise(
      "concurrent.close-waits", "Lets go of the store, after the bodies under way have ended",
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
                ended.withLock { $0 }, "after the close", expected: "an end of the body")
              return
            }
            let linger = Latch<Void>()
            if isWrite {
              try engine.write { work in
                began.open(with: ())
                _ = linger.wait(atMost: .milliseconds(30))
                try work.insert(action)
                ended.withLock { $0 = true }
              }
            } else {
              try engine.read { session in
                began.open(with: ())
                _ = linger.wait(atMost: .milliseconds(30))
                _ = try session.action(action.name)
                ended.withLock { $0 = true }
              }
            }
          }
        }
        for result in results { try result.get() }
        let stored = try other.read { try $0.action(action.name) }
        try context.expect(stored != nil, is: isWrite, "what the body wrote")
      }
    },
  ]
}

extension CaseContext {
  /// Makes sure that turns are taken while others keep the store busy.
  ///
  /// Counted in calls of the others, for how long those take is the machine's matter. A thread that
  /// the system does not run, and a disk that is slow, are overtaken as well, through no fault of
  /// the store: so half of the turns are enough. A store that starves anyone keeps none.
  fileprivate func expectTurns(
    busy: @escaping @Sendable () throws -> Void, _ turn: @escaping @Sendable (Int) throws -> Void
  ) throws {
    let (turns, most) = (10, effort.scaled(100_000))
    var late = 0
    for number in 0..<turns where late <= turns / 2 {
      if try !isKept(most: most, busy: busy, { try turn(1_000_000 + number) }) { late += 1 }
    }
    try expect(
      late <= turns / 2, "taking a turn, \(turns) times",
      expected: "most of them within \(most) calls of others", got: "\(late) that took longer")
  }

  /// Takes a turn; whether the others got in at most so often meanwhile.
  ///
  /// They end once they got in more often, so that a caller that starves gets in as well.
  private func isKept(
    most: Int, busy: @escaping @Sendable () throws -> Void,
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
          return calls.withLock { $0 <= most }
        }
        defer { areBusy.open(with: ()) }
        while !isOver.withLock({ $0 }), calls.withLock({ $0 <= most }) {
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
