import PlanDomain
package import PlanStorage

/// The numbered units of work of a crash subject; a unit of work is the same in every run.
package struct CrashWorkload {
  /// Called before and after the writes of a unit of work; a crash subject may kill itself there.
  private let atPoint: @Sendable () -> Void

  /// A workload that calls `atPoint` at each point where a process can be killed.
  package init(atPoint: @escaping @Sendable () -> Void = {}) { self.atPoint = atPoint }

  /// The approximate number of points in one unit of work.
  static let pointsPerUnit = 8

  /// Runs the unit of work with this number.
  package func run(_ number: Int, in engine: any StorageEngine) throws {
    let action = try Sample.action("kit/crash")
    try engine.write { work in
      atPoint()
      if try work.action(action.name) == nil { try work.insert(action) }
      try insertTree(number, action, work)
      atPoint()
      try claimChild(number, work)
      atPoint()
      if number >= 8 { _ = try work.removeTree(Sample.id(UInt64(2 * (number - 8)))) }
      atPoint()
    }
  }

  private func insertTree(
    _ number: Int, _ action: Action, _ work: any UnitOfWork
  ) throws {
    let root = try Sample.plan(
      UInt64(2 * number), of: action, status: .executeWaiting, key: "k\(number)")
    let child = try Sample.plan(
      UInt64(2 * number + 1), of: action, position: Sample.position(below: root, index: 0, key: "c")
    )
    for plan in [root, child] {
      try work.insert(plan)
      atPoint()
      try work.append(Sample.event(plan.id, 1))
    }
  }

  /// Claims the child that the previous unit of work inserted.
  private func claimChild(_ number: Int, _ work: any UnitOfWork) throws {
    guard number > 0, let before = try work.plan(Sample.id(UInt64(2 * number - 1))) else { return }
    let progress = try Sample.progress(.strategizeProcessing, version: 2, epoch: 1)
    try work.save(before.with(progress), replacing: before)
    atPoint()
    try work.append(Sample.event(before.id, 2))
  }
}
