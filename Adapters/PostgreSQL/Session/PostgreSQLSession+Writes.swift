import PlanDomain
import PlanStorage

extension PostgreSQLSession: UnitOfWork {
  func insert(_ plan: Plan) throws(StorageError) {
    try checkWritable("inserting")
    if isExclusive {
      if let refusal = try refusal(of: plan) { throw refusal }
    } else {
      try checkBeforeInsertion(of: plan)
    }
    guard let action = try actionNumber(plan.definition.action.name) else {
      throw try unexplained("inserting", "plan \(plan.id)")
    }
    working.insert(plan, action: action)
  }

  /// Throws what can be known of a refusal without asking the server for each rule.
  ///
  /// The server knows the rest when the plan is written; then the body is run again in the
  /// exclusive mode, where `refusal(of:)` decides.
  private func checkBeforeInsertion(of plan: Plan) throws(StorageError) {
    if working[plan.id] != nil { throw transaction.requiring { $0.isExclusive = true } }
    guard let position = plan.definition.position else { return }
    // Under the lock of the tree, neither of them can be removed.
    for id in Set([position.parent, position.root]) {
      guard try planRow(id, "inserting") != nil else {
        throw transaction.requiring { $0.isExclusive = true }
      }
    }
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    try checkWritable("saving")
    guard let stored = try planRow(plan.id, "saving")?.plan else {
      throw StorageError(.notFound, operation: "saving", subject: "plan \(plan.id)")
    }
    guard stored.version == before.version, stored.progress.epoch == before.progress.epoch
    else { throw StorageError(.staleWrite, operation: "saving", subject: "plan \(plan.id)") }
    // Takes the changing part only; the definition stays as it was inserted.
    let isSameDefinition = plan.definition === stored.definition
    working.save(
      isSameDefinition ? plan : Plan(definition: stored.definition, progress: plan.progress))
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    try checkWritable("removing")
    guard let found = try planRow(root, "removing"), found.plan.definition.position == nil else {
      throw StorageError(.notFound, operation: "removing", subject: "root \(root)")
    }
    let rows = try rows("removing", SQL.removeTree, [.id(root)], withEvents: true)
    working.noteRemoval(of: root)
    return Int(clamping: try rows.int(0, 0))
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    try checkWritable("appending")
    guard let row = try planRow(event.plan, "appending") else {
      throw StorageError(
        .missingReference, operation: "appending", subject: "event of plan \(event.plan)")
    }
    guard event.sequence == row.lastEvent + 1 else {
      throw StorageError(
        .duplicate, operation: "appending", subject: "event of plan \(event.plan)",
        reason: "the plan's latest event has sequence \(row.lastEvent)")
    }
    working.append(event)
  }

  func insert(_ action: Action) throws(StorageError) {
    try checkWritable("inserting")
    guard try lockedActionRow(action.name, "inserting").action == nil else {
      throw StorageError(.duplicate, operation: "inserting", subject: "action \(action.name)")
    }
    // Actions are numbered in the order of their commits.
    let lock = PostgreSQLCommand(SQL.lock, [.int(keys.actions)])
    let names: [PostgreSQLValue] = [
      .text(action.name.description), .text(action.name.namespace),
    ]
    working.write(
      action, [lock, PostgreSQLCommand(SQL.insertAction, names + values(of: action))])
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    try checkWritable("saving")
    guard let stored = try lockedActionRow(action.name, "saving").action else {
      throw StorageError(.notFound, operation: "saving", subject: "action \(action.name)")
    }
    guard stored.version == version else {
      throw StorageError(.staleWrite, operation: "saving", subject: "action \(action.name)")
    }
    working.write(
      action,
      [
        PostgreSQLCommand(
          SQL.saveAction, [.text(action.name.description), .int(version)] + values(of: action))
      ])
  }

  /// The values that are written with each state of an action.
  private func values(of action: Action) -> [PostgreSQLValue] {
    [.int(action.version), .int(random()), .document(action.portable)]
  }

  /// Returns an action with the exclusive lock of its name.
  private func lockedActionRow(
    _ name: ActionName, _ operation: String
  ) throws(StorageError) -> WorkingRows.ActionRow {
    let row = try actionRow(name, operation, toSave: true)
    if row.isLockedExclusively || isExclusive { return row }
    // Another unit of work may hold the shared lock too; to wait for it could be a deadlock.
    let key = LockKey.action(name).salted(keys.salt)
    let locked = try rows(operation, SQL.tryLock, [.int(key)], flushing: false)
    guard try locked.bool(0, 0) else {
      throw transaction.requiring { $0.savedActions.insert(name) }
    }
    working.actions[name]?.isLockedExclusively = true
    return row
  }

  /// Returns the number of an action; nil when it is not stored.
  func actionNumber(_ name: ActionName) throws(StorageError) -> Int64? {
    if let number = working.actions[name]?.number ?? cache.number(of: name) { return number }
    let rows = try rows("reading", SQL.actionNumber, [.text(name.description)])
    guard !rows.isEmpty else {
      if !isExclusive { throw transaction.requiring { $0.isExclusive = true } }
      return nil
    }
    let number = try rows.int(0, 0)
    if working.actions[name] == nil { cache.note(number, of: name) }
    working.actions[name]?.number = number
    return number
  }

  private func unexplained(
    _ operation: String, _ subject: String
  ) throws(StorageError) -> StorageError {
    StorageError(
      .corrupt, operation: operation, subject: subject,
      reason: "its action is stored, but has no number")
  }
}

/// The lookups that decide about an insertion in the exclusive mode.
extension PostgreSQLSession: InsertionChecks {
  func isStored(_ id: Plan.ID) throws(StorageError) -> Bool {
    if working[id] != nil { return true }
    return try !rows("inserting", SQL.isPlanStored, [.id(id)]).isEmpty
  }

  func isStored(_ action: ActionName) throws(StorageError) -> Bool {
    try actionNumber(action) != nil
  }

  func isUsed(_ key: Key, of action: ActionName) throws(StorageError) -> Bool {
    guard let number = try actionNumber(action) else { return false }
    return try !rows("inserting", SQL.isKeyUsed, [.int(number), .text(key.description)]).isEmpty
  }

  func isTaken(_ position: ChildPosition) throws(StorageError) -> Bool {
    try !rows(
      "inserting", SQL.isPositionTaken,
      [
        .id(position.parent), .int(position.round), .int(position.index),
        .text(position.key.description),
      ]
    ).isEmpty
  }
}
