/// The children of one spawn and their schedule, with checked keys and dependencies.
public struct Spawn: Hashable, Sendable {
  /// A child with its key.
  package struct Child: Hashable, Sendable {
    /// The key of the request, or the default key.
    package let key: Key
    /// The request.
    package let spec: ChildSpec
  }

  /// The children, in spawn order.
  package let children: [Child]
  /// The schedule.
  package let schedule: ChildSchedule

  /// Creates a spawn; checks keys and dependencies, but no action and no argument.
  ///
  /// ```swift
  /// let spawn = try Spawn(
  ///   [
  ///     ChildSpec(key: "build", action: "ci/build"),
  ///     ChildSpec(key: "test", action: "ci/test", dependsOn: ["build"]),
  ///   ], schedule: ChildSchedule(mode: .dependencyOrdered))
  /// ```
  ///
  /// - Throws: ``PlanError/Code/noChildren`` if there are none; ``PlanError/Code/tooManyChildren``
  ///   if there are more than 10,000; ``PlanError/Code/duplicateSiblingKey`` if a key, or a
  ///   dependency of one child, is used twice; ``PlanError/Code/unknownSiblingKey`` if a child
  ///   depends on a key that no sibling has; ``PlanError/Code/dependencyCycle`` if children wait
  ///   for each other; ``PlanError/Code/outOfRange`` if a child has dependencies and the mode is
  ///   not `dependencyOrdered`.
  public init(
    _ specs: [ChildSpec], schedule: ChildSchedule = .standard
  ) throws(PlanError) {
    guard !specs.isEmpty else { throw .noChildren }
    guard specs.count <= PlanLimits.childrenPerSpawn else {
      throw .tooManyChildren(count: specs.count, limit: PlanLimits.childrenPerSpawn)
    }
    children = specs.enumerated().map { index, spec in
      Child(key: spec.key ?? Key(unchecked: String(index + 1)), spec: spec)
    }
    self.schedule = schedule
    let positions = try Self.positions(of: children)
    if schedule.mode == .dependencyOrdered {
      try Self.checkOrder(of: children, positions)
    } else if let child = children.first(where: { !$0.spec.dependsOn.isEmpty }) {
      throw .outOfRange(
        field: "children[\(child.key)].dependsOn",
        reason: "needs the schedule mode dependencyOrdered")
    }
  }

  private static func positions(of children: [Child]) throws(PlanError) -> [Key: Int] {
    var positions: [Key: Int] = [:]
    for (index, child) in children.enumerated() {
      guard positions.updateValue(index, forKey: child.key) == nil else {
        throw .duplicateSiblingKey(child.key)
      }
    }
    return positions
  }

  /// Checks by topological sorting that the dependencies are unique, known and without cycles.
  private static func checkOrder(
    of children: [Child], _ positions: [Key: Int]
  ) throws(PlanError) {
    var unmet = [Int](repeating: 0, count: children.count)
    var dependents = [[Int]](repeating: [], count: children.count)
    for (index, child) in children.enumerated() {
      var seen: Set<Key> = []
      for key in child.spec.dependsOn {
        guard let position = positions[key] else { throw .unknownSiblingKey(key, in: child.key) }
        guard seen.insert(key).inserted else { throw .duplicateSiblingKey(key) }
        unmet[index] += 1
        dependents[position].append(index)
      }
    }
    var startable = unmet.indices.filter { unmet[$0] == 0 }
    var started = 0
    while let next = startable.popLast() {
      started += 1
      for dependent in dependents[next] {
        unmet[dependent] -= 1
        if unmet[dependent] == 0 { startable.append(dependent) }
      }
    }
    guard started == children.count else {
      throw .dependencyCycle(unmet.indices.filter { unmet[$0] > 0 }.map { children[$0].key })
    }
  }
}
