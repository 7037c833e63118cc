public import PlanDomain

extension PlanTransaction {
  /// Creates child plans and ends the parent's lease; the parent waits until all children have
  /// ended.
  ///
  /// A child has its own labels, and the parent's context unless its request brings another one.
  /// Checks everything before the first write. Returns the parent; the children can be read at
  /// once. The cost grows with the number of children.
  ///
  /// ```swift
  /// try await system.plans.write { transaction in
  ///   let children = [ChildSpec(action: "ci/build"), ChildSpec(action: "ci/test")]
  ///   return try transaction.spawn(token, Spawn(children))
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the parent was purged;
  ///   ``PlanError/Code/leaseLost`` if the token is not that of its current lease;
  ///   ``PlanError/Code/transitionNotAllowed`` unless its execute phase is processing;
  ///   ``PlanError/Code/tooDeep`` if the children would have more than 16 ancestors;
  ///   ``PlanError/Code/invalidChild`` with the child's key, and in `childError` the error that
  ///   ``findOrUse(_:)`` would throw; ``StorageError`` if the store fails.
  @discardableResult
  public func spawn(_ token: LeaseToken, _ spawn: Spawn) throws -> Plan {
    try command { try createChildren(spawn, token) }
  }

  private func createChildren(_ spawn: Spawn, _ token: LeaseToken) throws -> Plan {
    let parent = try plan(token.plan)
    let number = (parent.progress.round?.number ?? 0) + 1
    let positions = positions(for: spawn, below: parent, round: number)
    let slots = startingSlots(of: positions, schedule: spawn.schedule)
    let round = ChildRound(
      number: number, schedule: spawn.schedule, total: positions.count, ended: 0,
      holding: slots.filter { $0 }.count)
    // Checked first, so that a lost lease or a wrong phase is reported before errors of children.
    _ = try parent.applying(.spawn(token, round), at: now)
    guard parent.definition.depth < PlanLimits.depth else {
      throw PlanError.tooDeep(limit: PlanLimits.depth)
    }
    let definitions = try definitions(of: spawn, at: positions, below: parent)

    let waiting = try carryOut(.spawn(token, round), on: parent)
    for (definition, holdsSlot) in zip(definitions, slots) {
      _ = try create(definition, holdsSlot: holdsSlot)
    }
    return waiting
  }

  private func positions(for spawn: Spawn, below parent: Plan, round: Int) -> [ChildPosition] {
    spawn.children.enumerated().map { index, child in
      ChildPosition(
        parent: parent.id, root: parent.definition.root, depth: parent.definition.depth + 1,
        round: round, index: index, key: child.key, dependsOn: child.spec.dependsOn)
    }
  }

  private func startingSlots(of positions: [ChildPosition], schedule: ChildSchedule) -> [Bool] {
    var free = schedule.maxParallel
    return positions.map { position in
      guard free > 0, position.dependsOn.isEmpty else { return false }
      free -= 1
      return true
    }
  }

  /// Checks each child as `use` does, and archives actions that are not reusable.
  private func definitions(
    of spawn: Spawn, at positions: [ChildPosition], below parent: Plan
  ) throws -> [PlanDefinition] {
    var actions: [ActionName: Action] = [:]
    var archived: Set<ActionName> = []
    let definitions = try zip(spawn.children, positions).map { child, position in
      do {
        let name = child.spec.action
        let action = try actions[name] ?? self.action(name)
        actions[name] = action
        if !action.definition.reusable, !archived.insert(name).inserted {
          throw PlanError.actionArchived(name)
        }
        let use = PlanUse(
          action: name, arguments: child.spec.arguments,
          projects: child.spec.projects ?? parent.definition.projects,
          automation: child.spec.automation, labels: child.spec.labels,
          context: child.spec.context ?? parent.definition.context,
          notBefore: child.spec.notBefore)
        let id = Plan.ID(environment.ids.next(at: now))
        return try action.plan(for: use, id: id, position: position, at: now)
      } catch let error as PlanError {
        throw PlanError.invalidChild(key: child.key, reason: error)
      }
    }
    for name in archived {
      if let action = actions[name] { _ = try archive(action) }
    }
    return definitions
  }
}
