package import PlanDomain

/// The children of one spawn of an explored plan.
package struct SpawnShape: Sendable {
  /// One child.
  package struct Child: Sendable {
    /// The key among the siblings.
    package let key: Key
    /// What the child is made from.
    package let plan: PlanShape
    /// The keys of the siblings that must succeed before it.
    package let dependsOn: [Key]

    /// Creates a child.
    package init(_ key: Key, _ plan: PlanShape = PlanShape(), dependsOn: [Key] = []) {
      self.key = key
      self.plan = plan
      self.dependsOn = dependsOn
    }
  }

  /// The order and the parallelism.
  package let schedule: ChildSchedule
  /// The children, in spawn order.
  package let children: [Child]
  /// The indices of children that no rule can tell apart; their states are folded.
  ///
  /// Sound only for children of the same shape with the same dependencies and dependents that never
  /// compete for a slot, because free slots are given in spawn order.
  package let interchangeable: [Int]

  /// Creates a spawn.
  package init(
    _ schedule: ChildSchedule, _ children: [Child], interchangeable: [Int] = []
  ) {
    self.schedule = schedule
    self.children = children
    self.interchangeable = interchangeable
  }

  /// The request to spawn these children at this time.
  func spawn(_ actions: [PlanShape: ActionName], at now: Timestamp) throws -> Spawn {
    let specs = try children.map { child in
      guard let action = actions[child.plan] else { throw ExplorerError("no action") }
      return ChildSpec(
        key: child.key, action: action, dependsOn: child.dependsOn,
        automation: child.plan.automation,
        notBefore: child.plan.notBefore.map { now.adding(.seconds($0)) })
    }
    return try Spawn(specs, schedule: schedule)
  }
}
