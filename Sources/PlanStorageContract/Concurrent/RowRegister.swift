import PlanDomain
package import PlanStorage

/// The sequential specification of one row: create, read, compare-and-replace, remove.
package enum RowRegister: SequentialObject {
  /// A stored row.
  package struct Row: Hashable, Sendable {
    let version: Int
    let mark: Int
    /// A row with a version and a mark, which identifies the call that wrote it.
    package init(version: Int, mark: Int) {
      self.version = version
      self.mark = mark
    }
  }

  /// A call.
  package enum Input: Hashable, Sendable {
    /// Creates the row.
    case create(mark: Int)
    /// Reads the row.
    case read
    /// Replaces this version with the next one.
    case replace(version: Int, mark: Int)
    /// Removes the row.
    case remove
  }

  /// The result of a call.
  package enum Output: Hashable, Sendable {
    /// The write succeeded.
    case done
    /// The read returned this row.
    case row(Row?)
    /// The call threw a `StorageError` with this code.
    case refused(StorageError.Code)
  }

  /// No row.
  package static var initial: Row? { nil }

  /// The row after a call; nil when the call cannot have this output.
  package static func after(_ state: Row?, _ input: Input, _ output: Output?) -> Row?? {
    let (expected, next) = specification(state, input)
    guard output == nil || output == expected else { return nil }
    return .some(next)
  }

  private static func specification(_ state: Row?, _ input: Input) -> (Output, Row?) {
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
  /// Makes the call on a store.
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
          // The mark is stored as the epoch, so that the epoch of `before` must match the stored one.
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
