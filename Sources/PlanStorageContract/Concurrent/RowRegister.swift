import PlanDomain
package import PlanStorage

/// One row of a store as an object: made once, replaced by whoever saw its version, removed.
package enum RowRegister: SequentialObject {
  /// What is stored.
  package struct Row: Hashable, Sendable {
    let version: Int
    let mark: Int
    /// A row of this version with this mark.
    package init(version: Int, mark: Int) {
      self.version = version
      self.mark = mark
    }
  }

  /// What can be asked.
  package enum Input: Hashable, Sendable {
    /// Makes the row.
    case create(mark: Int)
    /// Reads it.
    case read
    /// Puts the next version in the place of this one.
    case replace(version: Int, mark: Int)
    /// Removes it.
    case remove
  }

  /// What it answers.
  package enum Output: Hashable, Sendable {
    /// It is done.
    case done
    /// This is stored.
    case row(Row?)
    /// The store refused, with this code.
    case refused(StorageError.Code)
  }

  /// Nothing is stored.
  package static var initial: Row? { nil }

  /// What is stored after such a call.
  package static func after(_ state: Row?, _ input: Input, _ output: Output?) -> Row?? {
    let (answer, next) = answer(state, input)
    guard output == nil || output == answer else { return nil }
    return .some(next)
  }

  private static func answer(_ state: Row?, _ input: Input) -> (Output, Row?) {
    switch (input, state) {
    case (.create(let mark), nil): (.done, Row(version: 1, mark: mark))
    case (.create, let row?): (.refused(.duplicate), row)
    case (.read, let row): (.row(row), row)
    case (.replace, nil), (.remove, nil): (.refused(.notFound), nil)
    case (.replace(let version, let mark), let row?):
      row.version == version
        ? (.done, Row(version: version + 1, mark: mark)) : (.refused(.staleWrite), row)
    case (.remove, _?): (.done, nil)
    }
  }
}

extension RowRegister.Input {
  /// Asks a store.
  func run(
    _ engine: any StorageEngine, _ action: Action, plan number: UInt64
  ) throws -> RowRegister.Output {
    let id = Sample.id(number)
    do {
      switch self {
      case .create(let mark):
        let plan = try Sample.plan(number, of: action, epoch: mark)
        try engine.write { try $0.insert(plan) }
        return .done
      case .read:
        let plan = try engine.read { try $0.plan(id) }
        return .row(
          plan.map { RowRegister.Row(version: $0.version, mark: $0.progress.epoch) })
      case .replace(let version, let mark):
        try engine.write { work in
          let stored = try work.plan(id)
          let sample = try Sample.plan(number, of: action, version: version)
          // The epoch carries the mark; only the version is what this is about.
          let before = sample.with(
            try Sample.progress(
              .strategizeQueued, version: version, epoch: stored?.progress.epoch ?? 0))
          let after = sample.with(
            try Sample.progress(.strategizeQueued, version: version + 1, epoch: mark))
          try work.save(after, replacing: before)
        }
        return .done
      case .remove:
        _ = try engine.write { try $0.removeTree(id) }
        return .done
      }
    } catch let error as StorageError { return .refused(error.code) }
  }
}
