import PlanDomain
import PlanStorage

extension Cases {
  static let model: [CaseDefinition] = [
    CaseDefinition(
      "model.sequences",
      "In short random sequences, every result and error equals that of the reference model",
      layer: .model
    ) { context in
      var arbitrary = context.arbitrary()
      for number in 0..<context.effort.scaled(40) {
        let steps = try context.steps(&arbitrary, count: 80, breadth: 3)
        guard let difference = try context.difference(steps) else { continue }
        try context.report(steps, difference, sequence: number)
      }
    },
    CaseDefinition(
      "model.long-sequence",
      "In a long random sequence, every result and error equals that of the reference model",
      layer: .model
    ) { context in
      let store = try context.fresh()
      var comparison = Comparison(
        try context.open(store), with: ReferenceEngine(), reopen: try context.reopening(store))
      defer { context.count { $0.operations += comparison.counts.operations } }
      do {
        try comparison.run(
          context.arbitrary(1), breadth: 12, operations: context.effort.scaled(3_000))
      } catch let difference as Comparison.Difference {
        throw context.violation(
          step: "step \(difference.number): \(difference.step)", expected: difference.expected,
          got: difference.got)
      }
    },
  ]
}

extension CaseContext {
  /// A function that opens a durable store again; nil for other stores.
  fileprivate func reopening(_ store: FreshStore) throws -> (() throws -> any StorageEngine)? {
    harness.traits.isDurable ? { try self.open(store) } : nil
  }

  fileprivate func steps(
    _ arbitrary: inout Arbitrary, count: Int, breadth: Int
  ) throws -> [Step] {
    let seed = arbitrary.random.next()
    var generator = StepGenerator(Arbitrary(SeededGenerator(seed: seed)), breadth: breadth)
    return try (0..<count).map { _ in try generator.next(mayReopen: harness.traits.isDurable) }
  }

  /// The first difference between a fresh store and the reference model in these steps, or nil.
  fileprivate func difference(_ steps: [Step]) throws -> Comparison.Difference? {
    let store = try harness.fresh()
    defer { store.remove() }
    var engines = [try store.backend.open()]
    defer { for engine in engines { try? engine.close() } }
    var comparison = Comparison(
      engines[0], with: ReferenceEngine(),
      reopen: harness.traits.isDurable
        ? {
          engines.append(try store.backend.open())
          return engines[engines.count - 1]
        } : nil)
    defer { count { $0.operations += comparison.counts.operations } }
    do {
      for (number, step) in steps.enumerated() { try comparison.run(step, number) }
      try comparison.compareContents(steps.count)
    } catch let difference as Comparison.Difference {
      return difference
    }
    return nil
  }

  /// Shortens a failing sequence and throws the violation of the shortened one.
  fileprivate func report(
    _ steps: [Step], _ difference: Comparison.Difference, sequence: Int
  ) throws {
    let shrunk = try Shrinker.shrink(steps) { try self.difference($0) != nil }
    let last = try self.difference(shrunk) ?? difference
    forget()
    // `last.number` is the count of all steps if the difference is in the final comparison.
    for step in shrunk.prefix(last.number) { note("\(step)") }
    throw violation(
      step: "\(last.step) (sequence \(sequence), \(shrunk.count) of \(steps.count) steps left)",
      expected: last.expected, got: last.got)
  }
}

/// Searches for a short part of a sequence that still fails.
enum Shrinker {
  /// Removes halves, quarters, … and single steps, then single writes, while `fails` returns true.
  ///
  /// Calls `fails` at most 400 times.
  static func shrink(_ steps: [Step], _ fails: ([Step]) throws -> Bool) rethrows -> [Step] {
    var kept = steps
    var tries = 400
    var width = max(1, kept.count / 2)
    while width >= 1, tries > 0 {
      var start = 0
      while start < kept.count, tries > 0 {
        var shorter = kept
        shorter.removeSubrange(start..<min(start + width, kept.count))
        tries -= 1
        if try fails(shorter) { kept = shorter } else { start += width }
      }
      if width == 1 { break }
      width /= 2
    }
    for index in kept.indices {
      guard case .work(let operations, let isRolledBack) = kept[index] else { continue }
      var fewer = operations
      for position in operations.indices.reversed() where fewer.count > 1 && tries > 0 {
        var shorter = kept
        var rest = fewer
        rest.remove(at: position)
        shorter[index] = .work(rest, isRolledBack: isRolledBack)
        tries -= 1
        if try fails(shorter) { (kept, fewer) = (shorter, rest) }
      }
    }
    return kept
  }
}
