import PlanDomain
import PlanStorage

extension Cases {
  static let submissions: [ContractPromise] = [
    ContractPromise(
      "submit.outcome", "`completion` is called exactly once, after the commit or the failure",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.submitting()
      let count = context.effort.scaled(60)
      let told = Locked([Int: [Bool]]())
      for number in 0..<count {
        let plan = try Sample.plan(UInt64(number), of: action)
        _ = engine.submit { work in
          try work.insert(plan)
          if number.isMultiple(of: 3) { throw RolledBack(number: number) }
        } completion: { result in
          told.withLock { $0[number, default: []].append(result.isSuccess) }
        }
      }
      // A caller that is not answered while a thousand later ones are never will be.
      var later = 0
      while later < 1_000, told.withLock({ $0.count }) < count {
        try context.expectAnswer(of: engine)
        later += 1
      }
      try context.expect(
        told.withLock { $0.count } == count, "waiting for \(count) outcomes",
        expected: "all of them", got: "\(told.withLock { $0.count }), and those of \(later) others")
      for number in 0..<count {
        let isKept = !number.isMultiple(of: 3)
        try context.expect(
          told.withLock { $0[number] ?? [] }, is: [isKept], "what submission \(number) was told")
        let stored = try engine.read { try $0.plan(Sample.id(UInt64(number))) }
        try context.expect(stored != nil, is: isKept, "whether plan \(number) is stored")
      }
    },
    ContractPromise(
      "submit.cancelled",
      "Cancelled before its body began: answered with `CancellationError`, and nothing is left behind",
      layer: .concurrent
    ) { context in
      let (engine, action) = try context.submitting()
      let plan = try Sample.plan(1, of: action)
      let (began, mayEnd) = (Latch<Void>(), Latch<Void>())
      let outcomes = Locked([Result<Void, any Error>]())
      let isTold = Latch<Void>()
      // Somebody else has the store while the submission waits.
      let holder = DedicatedThread {
        try? engine.write { _ in
          began.open(with: ())
          try mayEnd.wait(for: "the submission to be cancelled")
        }
      }
      try began.wait(for: "the unit of work before it to begin")
      let submission = engine.submit {
        try $0.insert(plan)
      } completion: { result in
        outcomes.withLock { $0.append(result) }
        isTold.open(with: ())
      }
      for _ in 0..<3 { submission.cancel() }
      mayEnd.open(with: ())
      try holder.join()
      try context.expect(
        isTold.wait(atMost: TimeoutError.limit) != nil, "waiting for the outcome",
        expected: "an outcome")
      submission.cancel()
      let told = outcomes.withLock { $0 }
      try context.expect(told.count, is: 1, "how often it was answered")
      try context.expect(
        told[0].failure is CancellationError, "the answer", expected: "CancellationError",
        got: "\(told[0])")
      let stored = try engine.read { try $0.plan(plan.id) }
      try context.expect(stored, equals: Plan?.none, "what it would have stored")
    },
    ContractPromise("submit.closed", "As for `write`: throws `closed`", layer: .concurrent) {
      context in
      let (engine, _) = try context.submitting()
      try engine.close()
      let outcome = Latch<Result<Void, any Error>>()
      _ = engine.submit { _ in
      } completion: {
        outcome.open(with: $0)
      }
      let told = outcome.wait(atMost: TimeoutError.limit)
      try context.expectError(.closed, "submitting after the close") {
        try (told ?? .success(())).get()
      }
    },
  ]
}

extension CaseContext {
  /// Submits a unit of work that does nothing, and waits for its answer.
  fileprivate func expectAnswer(of engine: any UnitOfWorkSubmitting) throws {
    let isTold = Latch<Void>()
    _ = engine.submit { _ in
    } completion: { _ in
      isTold.open(with: ())
    }
    try expect(
      isTold.wait(atMost: TimeoutError.limit) != nil,
      "waiting for the outcome of one that does nothing",
      expected: "an outcome")
  }

  /// A fresh store that takes units of work without a thread; throws `NotOffered` for others.
  fileprivate func submitting() throws -> (any UnitOfWorkSubmitting, Action) {
    let (engine, action) = try withAction()
    guard let engine = engine as? any UnitOfWorkSubmitting else {
      throw NotOffered(reason: "the store takes no units of work without a thread")
    }
    return (engine, action)
  }
}
