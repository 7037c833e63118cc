import PlanDomain
import PlanStorage

/// A counter that threads share, as a logical clock of starts and ends of calls.
final class SharedCounter: Sendable {
  private let value = Locked(0)

  /// Increments the counter and returns its value.
  func next() -> Int {
    value.withLock { value in
      value += 1
      return value
    }
  }
}

extension Cases {
  static let histories: [CaseDefinition] = [
    CaseDefinition(
      "concurrent.linearizable",
      "Reads and units of work on one plan are linearizable", layer: .concurrent
    ) { context in
      for round in 0..<context.effort.scaled(12) as Range<Int> {
        let (engine, action) = try context.withAction()
        let clock = SharedCounter()
        let histories = try race(4) { thread in
          var arbitrary = context.arbitrary(UInt64(round * 16 + thread))
          return outcome {
            try context.calls(engine, action, clock, &arbitrary, thread: thread)
          }
        }
        let calls = try histories.flatMap { try $0.get() }
        for plan in 0..<3 as Range<UInt64> {
          let ofPlan = calls.filter { $0.plan == plan }.map(\.call)
          context.count { $0.histories += 1 }
          context.count { $0.operations += ofPlan.count }
          guard let misfit = LinearizabilityChecker<RowRegister>.misfit(ofPlan) else { continue }
          context.forget()
          for call in ofPlan.sorted(by: { $0.start < $1.start }) where call.start < misfit.end {
            context.note("\(call)")
          }
          throw context.violation(
            step: "round \(round), plan \(plan)",
            expected: "a sequential order of the calls, each between its start and its end",
            got: "no order that contains this call: \(misfit)")
        }
        try engine.close()
      }
    },
    CaseDefinition(
      "concurrent.serializable",
      "Reads and units of work on several plans are serializable, in the order of real time",
      layer: .concurrent
    ) { context in
      for round in 0..<context.effort.scaled(10) as Range<Int> {
        let (engine, action) = try context.withAction()
        let lists = try (0..<4 as Range<UInt64>).map { try Sample.plan($0, of: action) }
        try engine.write { work in for list in lists { try work.insert(list) } }
        let clock = SharedCounter()
        let histories = try race(4) { thread in
          var arbitrary = context.arbitrary(UInt64(round * 16 + thread + 8_000))
          return outcome {
            try (0..<18).map { number in
              try context.transaction(
                engine, clock, &arbitrary, value: 1_000 * (100 * thread + number))
            }
          }
        }
        let history = try histories.flatMap { try $0.get() }
        var final: [Int: [Int]] = [:]
        for list in 0..<4 {
          final[list] = try engine.read { try $0.list(list) }
        }
        context.count { $0.histories += 1 }
        context.count { $0.operations += history.reduce(0) { $0 + $1.steps.count } }
        if let problem = SerializabilityChecker.problem(history, final: final) {
          throw context.violation(
            step: "round \(round)", expected: "a sequential order of the units of work",
            got: problem)
        }
        try engine.close()
      }
    },
  ]
}

extension CaseContext {
  /// Makes random calls for three plans and returns their records.
  fileprivate func calls(
    _ engine: any StorageEngine, _ action: Action, _ clock: SharedCounter,
    _ arbitrary: inout Arbitrary, thread: Int
  ) throws -> [(plan: UInt64, call: Call<RowRegister.Input, RowRegister.Output>)] {
    var seen: [UInt64: Int] = [:]
    return try (0..<36).map { number in
      let plan = UInt64.random(in: 0..<3, using: &arbitrary.random)
      let mark = 1_000 * thread + number
      let input: RowRegister.Input =
        switch Int.random(in: 0..<10, using: &arbitrary.random) {
        case 0, 1: .create(mark: mark)
        case 2...4: .read
        case 5...8: .replace(version: seen[plan] ?? 1, mark: mark)
        default: .remove
        }
      let start = clock.next()
      let output = try input.run(engine, action, plan: plan)
      let end = clock.next()
      switch (input, output) {
      case (.read, .row(let row)): seen[plan] = row?.version
      case (.replace(let version, _), .done): seen[plan] = version + 1
      case (.create, .done): seen[plan] = 1
      default: break
      }
      return (plan, Call(input: input, output: output, start: start, end: end))
    }
  }

  /// Runs a random unit of work or read on a few lists and returns its record.
  fileprivate func transaction(
    _ engine: any StorageEngine, _ clock: SharedCounter, _ arbitrary: inout Arbitrary, value: Int
  ) throws -> ListTransaction {
    let lists = (0..<Int.random(in: 1...3, using: &arbitrary.random)).map { _ in
      Int.random(in: 0..<4, using: &arbitrary.random)
    }
    let kind = Int.random(in: 0..<10, using: &arbitrary.random)
    let start = clock.next()
    if kind < 4 {
      let steps = try engine.read { session in
        try lists.map { ListTransaction.Step.read(list: $0, try session.list($0)) }
      }
      return ListTransaction(steps: steps, isCommitted: true, start: start, end: clock.next())
    }
    let isRolledBack = kind == 9
    let steps = Locked([ListTransaction.Step]())
    do {
      try engine.write { work in
        steps.withLock { $0 = [] }
        for (number, list) in lists.enumerated() {
          let before = try work.list(list)
          try work.append(value + number, to: list)
          steps.withLock {
            $0 += [.read(list: list, before), .append(list: list, value: value + number)]
          }
        }
        if isRolledBack { throw RolledBack(number: 0) }
      }
    } catch is RolledBack {}
    return ListTransaction(
      steps: steps.withLock { $0 }, isCommitted: !isRolledBack, start: start, end: clock.next())
  }
}

extension ReadSession {
  /// The list of values that the plan with this number contains.
  func list(_ number: Int) throws -> [Int] {
    let value = try plan(Sample.id(UInt64(number)))?.progress.result(of: .strategize)
    return value?.arrayValue?.compactMap { $0.integerValue.map(Int.init) } ?? []
  }
}

extension UnitOfWork {
  fileprivate func append(_ value: Int, to number: Int) throws {
    guard let before = try plan(Sample.id(UInt64(number))) else { return }
    let values = try list(number) + [value]
    let documents = PlanDocuments(
      strategize: .array(values.map { .integer(Int64($0)) }), execute: nil, apply: nil,
      checkpoint: nil, failure: nil)
    let progress = try Sample.progress(
      .strategizeQueued, version: before.version + 1, documents: documents)
    try save(before.with(progress), replacing: before)
  }
}
