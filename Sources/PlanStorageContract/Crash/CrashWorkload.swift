import PlanDomain
package import PlanStorage

/// The units of work that a victim does, one after the other, each the same in every run.
package struct CrashWorkload {
  /// Called between any two things that the victim does; a victim may die there.
  private let atPoint: @Sendable () -> Void

  /// The workload, for a victim that dies at one of its points, or for one that does not.
  package init(atPoint: @escaping @Sendable () -> Void = {}) { self.atPoint = atPoint }

  /// The points that one unit of work has at most.
  static let pointsPerUnit = 8

  /// Does the unit of work of this number.
  package func run(_ number: Int, in engine: any StorageEngine) throws {
    let action = try Sample.action("kit/crash")
    try engine.write { work in
      atPoint()
      if try work.action(action.name) == nil { try work.insert(action) }
      try insertFamily(number, action, work)
      atPoint()
      try moveOn(number, work)
      atPoint()
      if number >= 8 { _ = try work.removeTree(Sample.id(UInt64(2 * (number - 8)))) }
      atPoint()
    }
  }

  private func insertFamily(
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

  /// Takes the child of the unit before one step on.
  private func moveOn(_ number: Int, _ work: any UnitOfWork) throws {
    guard number > 0, let before = try work.plan(Sample.id(UInt64(2 * number - 1))) else { return }
    let progress = try Sample.progress(.strategizeProcessing, version: 2, epoch: 1)
    try work.save(before.with(progress), replacing: before)
    atPoint()
    try work.append(Sample.event(before.id, 2))
  }
}
