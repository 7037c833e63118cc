import PlanDomain
import PlanStorage

/// Writes of events and removals of trees.
extension SQLiteConnection {
  /// Returns the plan's latest event.
  ///
  /// A separate statement: an INSERT that selects from its own table first copies the selected
  /// rows, which takes as long as the rest of the insertion.
  func latestEvent(of id: Plan.ID, _ number: Int64) throws(StorageError) -> LatestEvent {
    if let latest = cache.plans[id]?.latestEvent { return latest }
    if dirtyRow?.holdsLatestEvent == false { try writeDirtyRow() }
    var query = try query(.latestEvent)
    query.bind(number)
    guard try query.next() else { return .none }
    let position = query.integer()
    return LatestEvent(sequence: query.int(), position: position)
  }

  /// Appends an event to the plan's chain; returns its position.
  func append(
    _ event: PlanEvent, ofPlan number: Int64, after previous: Int64?,
    _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int64 {
    var query = try query(.insertEvent)
    query.bind(number)
    query.bind(previous)
    query.bind(event: event)
    try query.run(permit)
    let position = lastInsertedNumber
    cache.plans.lastPosition = position
    return position
  }

  /// Returns the position that the next event gets: SQLite numbers a row after the highest one.
  func nextPosition() throws(StorageError) -> Int64 {
    if let last = cache.plans.lastPosition { return last + 1 }
    var query = try query(.lastPosition)
    let last = try query.next() ? query.optionalInteger() ?? 0 : 0
    cache.plans.lastPosition = last
    return last + 1
  }

  /// Writes the position of the plan's latest event to the plan's row; NULL without events.
  func saveLatestEvent(
    _ position: Int64?, ofPlan number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    var query = try query(.saveLatestEvent)
    query.bind(position)
    query.bind(number)
    try query.run(permit)
  }

  /// Removes a root, its descendants and their events; returns the number of plans.
  func removeTree(
    _ root: Plan.ID, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int {
    try noteRemoval(ofTree: root, permit)
    try reserveLastPosition(permit)
    var purge = try query(.countPurge)
    purge.bind(try removeEvents(ofTree: root, permit))
    try purge.run(permit)
    for sql in [
      SQL.removeDocumentsOfTree, .removeDefinitions, .removeProjects, .removeLabels,
      .removeDependencies,
    ] { try run(sql, on: root, permit) }
    try run(.removeDescendants, on: root, permit)
    let descendants = changes
    try run(.removePlan, on: root, permit)
    return descendants + changes
  }

  /// Subtracts the plans of a tree from the numbers of plans.
  private func noteRemoval(
    ofTree root: Plan.ID, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    var query = try query(.listsOfTree)
    query.bind(root.ulid)
    while try query.next() {
      let action = query.integer()
      countChanges.add(-1, of: action, to: try query.group("status_group"))
    }
  }

  private func run(
    _ sql: SQL, on root: Plan.ID, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    var query = try query(sql)
    query.bind(root.ulid)
    try query.run(permit)
  }

  /// Removes the events of a tree, from the latest of each plan; returns the highest position.
  private func removeEvents(
    ofTree root: Plan.ID, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int64 {
    var positions: [Int64] = []
    do {
      var query = try query(.latestEventsOfTree)
      query.bind(root.ulid)
      while try query.next() {
        if let latest = query.optionalInteger() { positions.append(latest) }
      }
    }
    for latest in positions {
      var position: Int64? = latest
      while let removed = position {
        position = try previousEvent(of: removed)
        var query = try query(.removeEvent)
        query.bind(removed)
        try query.run(permit)
      }
    }
    return positions.max() ?? 0
  }

  private func previousEvent(of position: Int64) throws(StorageError) -> Int64? {
    var query = try query(.previousEvent)
    query.bind(position)
    return try query.next() ? query.optionalInteger() : nil
  }

  /// Reserves the position of the latest event, so that it is not used again when the event is
  /// removed.
  ///
  /// Readers continue after this position and would miss a later event with the same one.
  private func reserveLastPosition(_ permit: borrowing ChangePermit) throws(StorageError) {
    var insertion = try query(.insertPositionMarker)
    try insertion.run(permit)
    var removal = try query(.removePositionMarkers)
    removal.bind(lastInsertedNumber)
    try removal.run(permit)
  }
}
