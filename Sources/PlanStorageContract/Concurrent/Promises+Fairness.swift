import PlanDomain
import PlanStorage

extension Promises {
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
        let ended = Guarded(false)
        let results = race(2) { thread in
          outcome {
            guard thread == 0 else {
              began.wait()
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
  /// Makes sure that a few turns are taken while others keep the store busy.
  ///
  /// Counted in calls of the others, for how long those take is the machine's matter. A thread that
  /// the system does not run is overtaken as well, through no fault of the store: so one of several
  /// series is enough. A store that starves anyone keeps its turns in none.
  fileprivate func expectTurns(
    busy: @escaping @Sendable () throws -> Void, _ turn: @escaping @Sendable (Int) throws -> Void
  ) throws {
    let (series, most) = (5, 20_000)
    for number in 0..<series {
      let first = 1_000_000 * (number + 1)
      if try keepsTurns(most: most, busy: busy, { try turn(first + $0) }) { return }
    }
    throw violation(
      step: "taking twenty turns, \(series) times", expected: "each within \(most) calls of others",
      got: "more calls of others, every time")
  }

  /// Takes twenty turns; whether the others got in at most so often during each of them.
  ///
  /// They end once they got in more often, so that whoever starves gets in as well.
  private func keepsTurns(
    most: Int, busy: @escaping @Sendable () throws -> Void,
    _ turn: @escaping @Sendable (Int) throws -> Void
  ) throws -> Bool {
    let others = Guarded((calls: 0, isOver: false))
    let results = race(4) { thread in
      outcome { () -> Bool in
        guard thread == 0 else {
          while others.withLock({ others in
            others.calls += 1
            return !others.isOver && others.calls <= most
          }) { try busy() }
          return true
        }
        defer { others.withLock { $0.isOver = true } }
        for number in 0..<20 {
          others.withLock { $0.calls = 0 }
          try turn(number)
          if others.withLock({ $0.calls > most }) { return false }
        }
        return true
      }
    }
    return try results.allSatisfy { try $0.get() }
  }
}
