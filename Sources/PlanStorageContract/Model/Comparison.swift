import PlanDomain
package import PlanStorage

/// Two stores under the same random steps, which must answer alike.
package struct Comparison {
  /// Where two answers differ.
  package struct Difference: Error, CustomStringConvertible {
    /// The step, from 0.
    let number: Int
    let step: String
    let expected: String
    let got: String

    fileprivate init(_ number: Int, _ step: String, expected: String, got: String) {
      let difference = FirstDifference(expected, got)
      self.number = number
      self.step = step
      self.expected = difference.expected
      self.got = difference.got
    }

    /// What was done, and both answers, from where they differ.
    package var description: String {
      "step \(number), \(step)\n  expected: \(expected)\n  got: \(got)"
    }
  }

  /// How many reads and writes there were, and how many of them were refused.
  package private(set) var counts = (operations: 0, refusals: 0)
  private let reference: any StorageEngine
  private var subject: any StorageEngine
  private let reopen: (() throws -> any StorageEngine)?

  /// Compares a store with one that is known to be right; `reopen` opens it anew.
  package init(
    _ subject: any StorageEngine, with reference: any StorageEngine,
    reopen: (() throws -> any StorageEngine)? = nil
  ) {
    self.subject = subject
    self.reference = reference
    self.reopen = reopen
  }

  /// Takes random steps up to a number of reads and writes, then compares everything.
  ///
  /// Throws a `Difference` at the first one that differs.
  package mutating func run(
    _ arbitrary: Arbitrary, breadth: Int, operations: Int
  ) throws {
    var generator = StepGenerator(arbitrary, breadth: breadth)
    var number = 0
    while counts.operations < operations {
      try take(generator.next(mayReopen: reopen != nil), number)
      number += 1
    }
    try compareEverything(number)
  }

  /// Compares all that both stores show, whole feeds included; throws a `Difference`.
  mutating func compareEverything(_ number: Int) throws {
    let (expected, got) = (Self.answer(reference.whole), Self.answer(subject.whole))
    guard expected != got else { return }
    throw Difference(
      number, "all that is stored at the end", expected: "\(expected)", got: "\(got)")
  }

  /// Takes one step in both stores; throws a `Difference`.
  mutating func take(_ step: Step, _ number: Int) throws {
    counts.operations += step.size
    switch step {
    case .reopen:
      guard let reopen else { return }
      try subject.close()
      subject = try reopen()
    case .ask(let question):
      let expected = Self.answer { try reference.read { try question.run($0) } }
      let got = Self.answer { try subject.read { try question.run($0) } }
      guard expected != got else { return }
      throw Difference(number, "\(step)", expected: "\(expected)", got: "\(got)")
    case .work(let operations, let isTakenBack):
      let expected = Self.run(operations, isTakenBack, in: reference)
      let got = Self.run(operations, isTakenBack, in: subject)
      counts.refusals += expected.count { $0.hasPrefix("refused") }
      guard expected != got else { return }
      throw Difference(
        number, "\(step)", expected: expected.joined(separator: "; "),
        got: got.joined(separator: "; "))
    }
  }

  /// What a call gave, or how it was refused.
  private static func answer(_ call: () throws -> Answer) -> Answer {
    do { return try call() } catch let error as StorageError {
      return Answer(rest: "refused: \(error.code.rawValue)")
    } catch { return Answer(rest: "threw \(error)") }
  }

  private static func run(
    _ operations: [Operation], _ isTakenBack: Bool, in engine: any StorageEngine
  ) -> [String] {
    let answers = Locked([String]())
    let end = answer {
      Answer(
        rest: try engine.write { work in
          for operation in operations {
            let answer = answer { Answer(rest: try operation.run(work)) }.rest
            answers.withLock { $0.append(answer) }
          }
          if isTakenBack { throw RolledBack(number: 0) }
          return "committed"
        })
    }
    return answers.withLock { $0 } + [end.rest]
  }
}
