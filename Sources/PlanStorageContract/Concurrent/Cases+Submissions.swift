import PlanDomain
import PlanStorage

extension Cases {
  static let submissions: [CaseDefinition] = [
    CaseDefinition(
      "submit.outcome",
      "`completion` is called once for each submission, after its commit or error",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.submitting()
      let count = context.effort.scaled(60)
      let outcomes = Locked([Int: [Bool]]())
      for number in 0..<count {
        let plan = try Sample.plan(UInt64(number), of: action)
        _ = engine.submit { work in
          try work.insert(plan)
          if number.isMultiple(of: 3) { throw RolledBack(number: number) }
        } completion: { result in
          outcomes.withLock { $0[number, default: []].append(result.isSuccess) }
        }
      }
      // A submission without an outcome after 1000 later outcomes counts as lost.
      var later = 0
      while later < 1_000, outcomes.withLock({ $0.count }) < count {
        try context.expectOutcome(of: engine)
        later += 1
      }
      try context.expect(
        outcomes.withLock { $0.count } == count, "waiting for \(count) outcomes",
        expected: "all of them",
        got: "\(outcomes.withLock { $0.count }), and those of \(later) later submissions")
      for number in 0..<count {
        let isCommitted = !number.isMultiple(of: 3)
        try context.expect(
          outcomes.withLock { $0[number] ?? [] }, is: [isCommitted],
          "the outcomes of submission \(number)")
        let stored = try engine.read { try $0.plan(Sample.id(UInt64(number))) }
        try context.expect(stored != nil, is: isCommitted, "whether plan \(number) is stored")
      }
    },
    CaseDefinition(
      "submit.cancelled",
      "A submission that is cancelled before its body begins ends with `CancellationError`",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.submitting()
      let plan = try Sample.plan(1, of: action)
      let (began, mayEnd) = (Latch<Void>(), Latch<Void>())
      let outcomes = Locked([Result<Void, any Error>]())
      let hasEnded = Latch<Void>()
      // Other units of work occupy the store, so that the submission waits: more than a store runs
      // at the same time.
      let others = 200
      let left = Locked(others)
      let haveEnded = Latch<Void>()
      for _ in 0..<others {
        _ = engine.submit { _ in
          began.open(with: ())
          try mayEnd.wait(for: "the submission to be cancelled")
        } completion: { _ in
          let isLast = left.withLock { left in
            left -= 1
            return left == 0
          }
          if isLast { haveEnded.open(with: ()) }
        }
      }
      try began.wait(for: "a unit of work before it to begin")
      let submission = engine.submit {
        try $0.insert(plan)
      } completion: { result in
        outcomes.withLock { $0.append(result) }
        hasEnded.open(with: ())
      }
      for _ in 0..<3 { submission.cancel() }
      mayEnd.open(with: ())
      try context.expect(
        haveEnded.wait(atMost: TimeoutError.limit) != nil, "waiting for the other submissions",
        expected: "\(others) outcomes", got: "\(others - left.withLock { $0 })")
      try context.expect(
        hasEnded.wait(atMost: TimeoutError.limit) != nil, "waiting for the outcome",
        expected: "an outcome",
        got: "no outcome")
      submission.cancel()
      let received = outcomes.withLock { $0 }
      try context.expect(received.count, is: 1, "the number of outcomes")
      try context.expect(
        received[0].failure is CancellationError, "the outcome", expected: "CancellationError",
        got: "\(received[0])")
      let stored = try engine.read { try $0.plan(plan.id) }
      try context.expect(stored, equals: Plan?.none, "the plan of the cancelled submission")
    },
    CaseDefinition(
      "submit.closed", "A submission to a closed store ends with `closed`", layer: .concurrent
    ) { context in
      let (engine, _) = try context.submitting()
      try engine.close()
      let outcome = Latch<Result<Void, any Error>>()
      _ = engine.submit { _ in
      } completion: {
        outcome.open(with: $0)
      }
      let received = outcome.wait(atMost: TimeoutError.limit)
      try context.expectError(.closed, "submitting to a closed store") {
        try (received ?? .success(())).get()
      }
    },
  ]
}

extension CaseContext {
  /// Submits an empty unit of work and waits for its outcome.
  fileprivate func expectOutcome(of engine: any UnitOfWorkSubmitting) throws {
    let hasEnded = Latch<Void>()
    _ = engine.submit { _ in
    } completion: { _ in
      hasEnded.open(with: ())
    }
    try expect(
      hasEnded.wait(atMost: TimeoutError.limit) != nil,
      "waiting for the outcome of an empty submission",
      expected: "an outcome", got: "no outcome")
  }

  /// Creates a store that accepts submissions, with one action; throws `NotOffered` for others.
  fileprivate func submitting() throws -> (any UnitOfWorkSubmitting, Action) {
    let (engine, action) = try withAction()
    guard let engine = engine as? any UnitOfWorkSubmitting else {
      throw NotOffered(reason: "the store accepts no submissions (`UnitOfWorkSubmitting`)")
    }
    return (engine, action)
  }
}
