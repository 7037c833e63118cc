import PlanDomain
import PlanStorage

extension SQLiteSession: UnitOfWork {
  func insert(_ plan: Plan) throws(StorageError) {
    let connection = try writable("inserting")
    try connection.change { (permit) throws(StorageError) in try connection.insert(plan, permit) }
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    let connection = try writable("saving")
    guard let number = try connection.number(of: plan.id) else {
      throw StorageError(.notFound, operation: "saving", subject: "plan \(plan.id)")
    }
    var row = connection.cache.plans[plan.id]
    // Compares references: most transitions keep the object of the documents.
    let hasNewDocuments = plan.progress.documents !== before.progress.documents
    if let row, !hasNewDocuments {
      try connection.noting { (permit) throws(StorageError) in
        try connection.saveProgress(of: plan, number, replacing: before, permit)
        return .saved(number: number, before: row.plan, after: plan)
      }
    } else {
      let weight = try connection.change { (permit) throws(StorageError) in
        try connection.saveProgress(of: plan, number, replacing: before, permit)
        return hasNewDocuments
          ? try connection.save(plan.progress.documents, ofPlan: number, permit) : 0
      }
      row?.weight += weight
    }
    guard var row else { return }
    // Caches the changing part only; the definition stays as it was inserted.
    let isSameDefinition = plan.definition === row.plan.definition
    row.plan =
      isSameDefinition ? plan : Plan(definition: row.plan.definition, progress: plan.progress)
    connection.cache.plans.note(row)
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    let connection = try writable("removing")
    var query = try connection.query(.isRoot)
    query.bind(root.ulid)
    guard try query.next() else {
      throw StorageError(.notFound, operation: "removing", subject: "root \(root)")
    }
    return try connection.change { (permit) throws(StorageError) in
      connection.cache.plans = PlanCache()
      try connection.reserveLastPosition(permit)
      for sql in [
        SQL.countPurge, .removeEvents, .removeDocumentsOfTree, .removeDefinitions, .removeProjects,
        .removeLabels, .removeDependencies, .removePlans,
      ] {
        var query = try connection.query(sql)
        query.bind(root.ulid)
        try query.run(permit)
      }
      return connection.changes
    }
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    let connection = try writable("appending")
    guard let number = try connection.number(of: event.plan) else {
      throw StorageError(
        .missingReference, operation: "appending", subject: "event of plan \(event.plan)")
    }
    let last = try connection.lastSequence(of: event.plan, number)
    guard event.sequence == last + 1 else {
      throw StorageError(
        .duplicate, operation: "appending", subject: "event of plan \(event.plan)",
        reason: "the plan's latest event has sequence \(last)")
    }
    try connection.noting { (permit) throws(StorageError) in
      var query = try connection.query(.insertEvent)
      query.bind(number)
      query.bind(event: event)
      try query.run(permit)
      return .appended(connection.lastInsertedNumber)
    }
    connection.cache.plans.note(lastSequence: event.sequence, of: event.plan)
  }

  func insert(_ action: Action) throws(StorageError) {
    let connection = try writable("inserting")
    guard try connection.numbers(of: action.name) == nil else {
      throw StorageError(.duplicate, operation: "inserting", subject: "action \(action.name)")
    }
    try connection.change { (permit) throws(StorageError) in
      let namespace = try connection.number(ofNamespace: action.name.namespace, permit)
      var query = try connection.query(.insertAction)
      query.bind(action.name.description)
      query.bind(namespace)
      query.bind(action: action)
      try query.run(permit)
    }
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    let connection = try writable("saving")
    try connection.change { (permit) throws(StorageError) in
      var query = try connection.query(.saveAction)
      query.bind(action: action)
      query.bind(action.name.description)
      query.bind(version)
      try query.run(permit)
    }
    guard connection.changes == 1 else {
      throw StorageError(
        try connection.numbers(of: action.name) == nil ? .notFound : .staleWrite,
        operation: "saving", subject: "action \(action.name)")
    }
  }
}

/// The lookups that explain why a constraint rejected a plan.
extension SQLiteConnection: InsertionChecks {
  func isStored(_ id: Plan.ID) throws(StorageError) -> Bool { try number(of: id) != nil }

  func isStored(_ action: ActionName) throws(StorageError) -> Bool {
    try numbers(of: action) != nil
  }

  func isUsed(_ key: Key, of action: ActionName) throws(StorageError) -> Bool {
    guard let numbers = try numbers(of: action) else { return false }
    var query = try query(.planByUse)
    query.bind(numbers.number)
    query.bind(key.description)
    return try query.next()
  }

  // A constraint has failed, and this is the last one that `refusal(of:)` checks.
  func isTaken(_ position: ChildPosition) -> Bool { true }

  /// Returns the error for a plan that a constraint rejected.
  private func refusal(bySchemaOf plan: Plan) throws(StorageError) -> StorageError {
    try refusal(of: plan)
      ?? StorageError(
        .corrupt, operation: "inserting", subject: "plan \(plan.id)",
        reason: "a constraint of the schema rejects it, but its id, key and references are valid")
  }

  /// Inserts a plan; throws the error of `refusal(of:)` when a constraint rejects it.
  fileprivate func insert(
    _ plan: Plan, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    let definition = plan.definition
    // Foreign keys do not reject a plan that is its own parent or root.
    let isBelowItself =
      definition.position.map { $0.parent == plan.id || $0.root == plan.id } ?? false
    guard !isBelowItself, let snapshot = try number(of: definition.action, permit) else {
      throw try refusal(bySchemaOf: plan)
    }
    var query = try query(.insertPlan)
    query.bind(fixed: definition, snapshot)
    query.bind(StatusGroup(plan.status))
    query.bind(Int(plan.status.rawValue))
    query.bind(progress: plan.progress)
    query.bind(derivedFrom: plan)
    guard try query.runUnlessForbidden(permit) else { throw try refusal(bySchemaOf: plan) }
    let number = lastInsertedNumber
    var texts = try self.query(.insertDefinition)
    texts.bind(number)
    texts.bind(definition: definition)
    try texts.run(permit)
    var weight = query.weight + texts.weight
    if let documents = plan.progress.documents {
      weight += try save(documents, ofPlan: number, permit)
    }
    try insertProjects(of: plan, number, permit)
    try insertLabels(of: plan, number, permit)
    try insertDependencies(of: plan, number, permit)
    cache.plans.note(PlanCache.Row(number: number, plan: plan, lastSequence: 0, weight: weight))
  }

  private func insertProjects(
    of plan: Plan, _ number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    for project in Set(plan.definition.projects.map(\.name)) {
      var query = try query(.insertProject)
      query.bind(project.description)
      query.bind(StatusGroup(plan.status))
      query.bind(plan.id.ulid)
      query.bind(number)
      try query.run(permit)
    }
  }

  private func insertLabels(
    of plan: Plan, _ number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    for (key, value) in plan.definition.labels {
      var query = try query(.insertLabel)
      query.bind(Plan.Label(key, value).stored)
      query.bind(StatusGroup(plan.status))
      query.bind(plan.id.ulid)
      query.bind(number)
      try query.run(permit)
    }
  }

  private func insertDependencies(
    of plan: Plan, _ number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    guard let position = plan.definition.position else { return }
    for key in Set(position.dependsOn) {
      var query = try query(.insertDependency)
      query.bind(position.parent.ulid)
      query.bind(position.round)
      query.bind(key.description)
      query.bind(position.index)
      query.bind(number)
      try query.run(permit)
    }
  }
}

extension SQLiteConnection {
  /// Writes the changing part of a plan; throws `staleWrite` when the stored plan is not `before`.
  fileprivate func saveProgress(
    of plan: Plan, _ number: Int64, replacing before: Plan, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    // If the group of the status stays the same, the indexes that contain it are not updated.
    if StatusGroup(plan.status) == StatusGroup(before.status),
      try save(plan, number, replacing: before, .saveProgress, permit)
    {
      return
    }
    guard try save(plan, number, replacing: before, .saveProgressAndGroup, permit) else {
      throw StorageError(.staleWrite, operation: "saving", subject: "plan \(plan.id)")
    }
    try saveGroup(of: plan, number, permit)
  }

  /// Writes the group of the status to the indexes of plans by project and by label.
  func saveGroup(
    of plan: Plan, _ number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    if !plan.definition.projects.isEmpty {
      try saveGroup(of: plan, number, .saveProjectGroup, permit)
    }
    if !plan.definition.labels.isEmpty {
      try saveGroup(of: plan, number, .saveLabelGroup, permit)
    }
  }

  private func saveGroup(
    of plan: Plan, _ number: Int64, _ sql: SQL, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    var query = try query(sql)
    query.bind(StatusGroup(plan.status))
    query.bind(number)
    try query.run(permit)
  }

  /// Writes the changing part of a plan; returns false when the stored plan is not `before`.
  func save(
    _ plan: Plan, _ number: Int64, replacing before: Plan, _ sql: SQL,
    _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Bool {
    var query = try query(sql)
    query.bind(Int(plan.status.rawValue))
    if sql == .saveProgressAndGroup { query.bind(StatusGroup(plan.status)) }
    query.bind(progress: plan.progress)
    query.bind(derivedFrom: plan)
    query.bind(number)
    query.bind(before.version)
    query.bind(before.progress.epoch)
    if sql == .saveProgress { query.bind(StatusGroup(plan.status)) }
    try query.run(permit)
    return changes == 1
  }

  fileprivate func number(of id: Plan.ID) throws(StorageError) -> Int64? {
    if let row = cache.plans[id] { return row.number }
    var query = try query(.planNumber)
    query.bind(id.ulid)
    return try query.next() ? query.integer() : nil
  }

  /// Returns the sequence of the plan's latest event, or 0 when the plan has none.
  ///
  /// A separate statement: an INSERT that selects from its own table first copies the selected
  /// rows, which takes as long as the rest of the insertion.
  fileprivate func lastSequence(of id: Plan.ID, _ number: Int64) throws(StorageError) -> Int {
    if let last = cache.plans[id]?.lastSequence { return last }
    var query = try query(.lastSequence)
    query.bind(number)
    return try query.next() ? query.int() : 0
  }

  /// Writes or removes the documents of a plan; returns the size of their texts in bytes.
  fileprivate func save(
    _ documents: PlanDocuments?, ofPlan number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int {
    var query = try query(documents == nil ? .removeDocuments : .saveDocuments)
    query.bind(number)
    if let documents { query.bind(documents: documents) }
    try query.run(permit)
    return query.weight
  }

  /// Reserves the position of the latest event, so that it is not used again when the event is
  /// removed.
  ///
  /// Readers continue after this position and would miss a later event with the same one.
  fileprivate func reserveLastPosition(_ permit: borrowing ChangePermit) throws(StorageError) {
    var insertion = try query(.insertPositionMarker)
    try insertion.run(permit)
    var removal = try query(.removePositionMarkers)
    removal.bind(lastInsertedNumber)
    try removal.run(permit)
  }

  fileprivate func number(
    ofNamespace name: String, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int64 {
    do {
      var query = try query(.namespaceNumber)
      query.bind(name)
      if try query.next() { return query.integer() }
    }
    var query = try query(.insertNamespace)
    query.bind(name)
    try query.run(permit)
    return lastInsertedNumber
  }

  /// Returns the row of this snapshot, which is inserted when it is missing; nil when the action is
  /// not stored.
  fileprivate func number(
    of snapshot: ActionSnapshot, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> ConnectionCache.SnapshotRow? {
    if let cached = cache.number(of: snapshot) { return cached }
    guard let action = try numbers(of: snapshot.name) else { return nil }
    let row = ConnectionCache.SnapshotRow(
      number: try storedNumber(of: snapshot, action, permit), action: action)
    cache.note(snapshot, is: row)
    return row
  }

  private func storedNumber(
    of snapshot: ActionSnapshot, _ action: ConnectionCache.Action, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int64 {
    do {
      var query = try query(.termsOfAction)
      query.bind(action.number)
      query.bind(snapshot.version)
      while try query.next() {
        let number = query.integer()
        if try query.snapshot() == snapshot { return number }
      }
    }
    var query = try query(.insertTerms)
    query.bind(action.number)
    query.bind(snapshot: snapshot)
    try query.run(permit)
    return lastInsertedNumber
  }
}
