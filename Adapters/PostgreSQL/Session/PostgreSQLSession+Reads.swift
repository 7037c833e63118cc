import PlanDomain
import PlanStorage

extension PostgreSQLSession {
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    try checkInside("reading")
    return try planRow(id, "reading")?.plan
  }

  /// Returns a plan, in a unit of work with the lock of its tree; nil when it is not stored.
  func planRow(
    _ id: Plan.ID, _ operation: String
  ) throws(StorageError) -> (plan: Plan, lastEvent: Int)? {
    if let known = working[id] { return (known.plan, known.lastEvent) }
    // What was not there stays so for the unit of work, even if it has been inserted since.
    if working.absentPlans.contains(id) { return nil }
    // Taken now: another thread may replace it before the answer comes.
    let definition = cache.definition(of: id)
    if touched.count >= Self.mostLocks { try needExclusive(operation) }
    let select = PostgreSQLCommand(SQL.planByID, [.id(id), .int(definition?.number ?? -1)])
    // What is to be written does not concern a plan that the session does not know.
    let lock = lock(treeOf: id)
    let rows = try run(operation, lock + [select], flushing: false)
    let found = rows.last
    if isBehindLock(found, rows, lock) { return try planRow(id, operation) }
    guard let found, !found.isEmpty else {
      if isWritable, !isExclusive { working.absentPlans.insert(id) }
      return nil
    }
    var reader = RowReader(found, 0)
    let stored = try reader.storedPlan(cache, known: definition)
    return (isWritable ? working.note(stored) : stored.plan, stored.lastEvent)
  }

  /// Whether rows were inserted after the command that should have locked their trees.
  private func isBehindLock(
    _ found: PostgreSQLRows?, _ rows: ArraySlice<PostgreSQLRows>, _ lock: [PostgreSQLCommand]
  ) -> Bool {
    guard let found, !found.isEmpty, !lock.isEmpty else { return false }
    return rows.first?.isEmpty ?? false
  }

  /// The command that locks the tree of a plan, if the session needs it.
  func lock(treeOf id: Plan.ID) -> [PostgreSQLCommand] {
    guard isWritable, !isExclusive, working[id] == nil else { return [] }
    note(touched: id)
    return [PostgreSQLCommand(SQL.lockTree, [.id(id), .int(keys.salt)])]
  }

  func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan? {
    try checkInside("reading")
    let key = ActionKey(action: action, key: idempotencyKey)
    if working.absentKeys.contains(key) { return nil }
    let values: [PostgreSQLValue] = [
      .text(action.description), .text(idempotencyKey.description),
    ]
    let lock =
      isWritable && !isExclusive
      ? [PostgreSQLCommand(SQL.lockTreeByKey, values + [.int(keys.salt)])] : []
    let rows = try run("reading", lock + [PostgreSQLCommand(SQL.planByKey, values)])
    let found = rows.last
    if isBehindLock(found, rows, lock) {
      return try plan(of: action, idempotencyKey: idempotencyKey)
    }
    guard let found, !found.isEmpty else {
      if isWritable, !isExclusive {
        working.absentKeys.insert(key)
      }
      return nil
    }
    return try plans(found).first
  }

  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    try family(parent, SQL.children, [.id(parent), .int(round)])
  }

  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    try family(parent, SQL.startable, [.id(parent), .int(round), .int(max(0, limit))])
  }

  func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    try family(
      parent, SQL.dependents, [.id(parent), .int(round), .text(key.description)])
  }

  /// Reads children of a plan under the lock of its tree.
  private func family(
    _ parent: Plan.ID, _ statement: PostgreSQLStatement, _ values: [PostgreSQLValue]
  ) throws(StorageError) -> [Plan] {
    try checkInside("reading")
    if working.absentPlans.contains(parent) { return [] }
    let lock = lock(treeOf: parent)
    let rows = try run("reading", lock + [PostgreSQLCommand(statement, values)])
    guard let found = rows.last else { return [] }
    if isBehindLock(found, rows, lock) { return try family(parent, statement, values) }
    // Without the parent no lock was taken.
    if !lock.isEmpty, rows.first?.isEmpty ?? false { working.absentPlans.insert(parent) }
    return try plans(found)
  }

  func action(_ name: ActionName) throws(StorageError) -> Action? {
    try checkInside("reading")
    return try actionRow(name, "reading").action
  }

  /// Returns an action, in a unit of work with the lock of its name.
  func actionRow(
    _ name: ActionName, _ operation: String, toSave: Bool = false
  ) throws(StorageError) -> WorkingRows.ActionRow {
    if isWritable, let known = working.actions[name] { return known }
    let isExclusiveLock = toSave || transaction.mode.savedActions.contains(name)
    var commands: [PostgreSQLCommand] = []
    if isWritable, !isExclusive {
      let key = LockKey.action(name).salted(keys.salt)
      commands.append(
        PostgreSQLCommand(isExclusiveLock ? SQL.lock : SQL.lockShared, [.int(key)]))
    }
    let known = cache.action(name)
    commands.append(
      PostgreSQLCommand(
        SQL.actionByName,
        [.text(name.description), .int(known?.number ?? -1), .int(known?.revision ?? -1)]))
    let rows = try run(operation, commands, flushing: false)
    var row = WorkingRows.ActionRow(
      action: nil, number: nil, isLockedExclusively: isExclusive || isExclusiveLock)
    if let found = rows.last, !found.isEmpty {
      let stored = try found.storedAction(0, known: known)
      let isKnown = known.map { ($0.number, $0.revision) == (stored.number, stored.revision) }
      if isKnown != true { cache.note(stored) }
      (row.action, row.number) = (stored.action, stored.number)
    }
    if isWritable { working.actions[name] = row }
    return row
  }
}
