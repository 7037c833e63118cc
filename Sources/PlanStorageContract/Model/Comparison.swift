import PlanDomain
package import PlanStorage

/// Runs the same random steps in two stores and compares their results.
package struct Comparison {
  /// A step whose results differ.
  package struct Difference: Error, CustomStringConvertible {
    /// The index of the step.
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

    /// The step and both results; long ones are cut around their first difference.
    package var description: String {
      "step \(number), \(step)\n  expected: \(expected)\n  got: \(got)"
    }
  }

  /// The number of reads and writes so far, and the number of writes that threw a storage error.
  package private(set) var counts = (operations: 0, refusals: 0)
  private let reference: any StorageEngine
  private var subject: any StorageEngine
  private let reopen: (() throws -> any StorageEngine)?

  /// Compares `subject` with a store that is known to be correct; `reopen` opens `subject` again.
  package init(
    _ subject: any StorageEngine, with reference: any StorageEngine,
    reopen: (() throws -> any StorageEngine)? = nil
  ) {
    self.subject = subject
    self.reference = reference
    self.reopen = reopen
  }

  /// Runs random steps until there were `operations` reads and writes, then compares all contents.
  ///
  /// Throws the first `Difference`.
  package mutating func run(
    _ arbitrary: Arbitrary, breadth: Int, operations: Int
  ) throws {
    var generator = StepGenerator(arbitrary, breadth: breadth)
    var number = 0
    while counts.operations < operations {
      try run(generator.next(mayReopen: reopen != nil), number)
      number += 1
    }
    try compareContents(number)
  }

  /// Compares the contents of both stores, including the whole feeds; throws a `Difference`.
  mutating func compareContents(_ number: Int) throws {
    let (expected, got) = (Self.result(reference.contents), Self.result(subject.contents))
    guard expected != got else { return }
    throw Difference(
      number, "the contents after all steps", expected: "\(expected)", got: "\(got)")
  }

  /// Runs one step in both stores; throws a `Difference`.
  mutating func run(_ step: Step, _ number: Int) throws {
    counts.operations += step.size
    switch step {
    case .reopen:
      guard let reopen else { return }
      try subject.close()
      subject = try reopen()
    case .read(let read):
      let expected = Self.result { try reference.read { try read.run($0) } }
      let got = Self.result { try subject.read { try read.run($0) } }
      guard expected != got else { return }
      throw Difference(number, "\(step)", expected: "\(expected)", got: "\(got)")
    case .work(let operations, let isRolledBack):
      let expected = Self.run(operations, isRolledBack, in: reference)
      let got = Self.run(operations, isRolledBack, in: subject)
      counts.refusals += expected.count { $0.hasPrefix("refused") }
      guard expected != got else { return }
      throw Difference(
        number, "\(step)", expected: expected.joined(separator: "; "),
        got: got.joined(separator: "; "))
    }
  }

  /// The result of a call, or the error that it threw.
  private static func result(_ call: () throws -> ReadResult) -> ReadResult {
    do { return try call() } catch let error as StorageError {
      return ReadResult(rest: "refused: \(error.code.rawValue)")
    } catch { return ReadResult(rest: "threw \(error)") }
  }

  private static func run(
    _ operations: [WriteOperation], _ isRolledBack: Bool, in engine: any StorageEngine
  ) -> [String] {
    let results = Locked([String]())
    let end = result {
      ReadResult(
        rest: try engine.write { work in
          // The engine may run the body again after it has rolled the transaction back.
          results.withLock { $0 = [] }
          for operation in operations {
            let written = result { ReadResult(rest: try operation.run(work)) }.rest
            results.withLock { $0.append(written) }
          }
          if isRolledBack { throw RolledBack(number: 0) }
          return "committed"
        })
    }
    return results.withLock { $0 } + [end.rest]
  }
}
