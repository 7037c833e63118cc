import PlanDomain
import PlanStorage

extension SQLiteSession: UnitOfWork {
  /// Returns the connection, for a write; throws `readOnly` in a read session.
  private func writable(_ operation: String) throws(StorageError) -> SQLiteConnection {
    try checkWritable(operation)
    return try connection(operation)
  }

  func insert(_ plan: Plan) throws(StorageError) {
    let connection = try writable("inserting")
    try connection.change { (permit) throws(StorageError) in try connection.insert(plan, permit) }
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    try checkWritable("saving")
    let connection = try connectionWithDirtyRow("saving")
    guard var row = try connection.row(of: plan.id) else {
      throw StorageError(.notFound, operation: "saving", subject: "plan \(plan.id)")
    }
    guard row.plan.version == before.version, row.plan.progress.epoch == before.progress.epoch
    else { throw StorageError(.staleWrite, operation: "saving", subject: "plan \(plan.id)") }
    // Takes the changing part only; the definition stays as it was inserted.
    let isSameDefinition = plan.definition === row.plan.definition
    let saved =
      isSameDefinition ? plan : Plan(definition: row.plan.definition, progress: plan.progress)
    try connection.save(row, as: saved)
    row.plan = saved
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
      return try connection.removeTree(root, permit)
    }
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    try checkWritable("appending")
    let connection = try connectionWithDirtyRow("appending")
    if connection.dirtyRow?.id != event.plan { try connection.writeDirtyRow() }
    guard let number = try connection.number(of: event.plan) else {
      throw StorageError(
        .missingReference, operation: "appending", subject: "event of plan \(event.plan)")
    }
    let latest = try connection.latestEvent(of: event.plan, number)
    guard event.sequence == latest.sequence + 1 else {
      throw StorageError(
        .duplicate, operation: "appending", subject: "event of plan \(event.plan)",
        reason: "the plan's latest event has sequence \(latest.sequence)")
    }
    var position: Int64 = 0
    try connection.noting { (permit) throws(StorageError) in
      position = try connection.append(event, ofPlan: number, after: latest.position, permit)
      return .appended(position, plan: number, previous: latest.position)
    }
    connection.noteAppended(position, ofPlan: event.plan, number)
    connection.cache.plans.note(
      LatestEvent(sequence: event.sequence, position: position), of: event.plan)
  }

  func insert(_ action: Action) throws(StorageError) {
    let connection = try writable("inserting")
    guard try connection.number(of: action.name) == nil else {
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
        try connection.number(of: action.name) == nil ? .notFound : .staleWrite,
        operation: "saving", subject: "action \(action.name)")
    }
  }
}

/// The lookups that explain why a constraint rejected a plan.
extension SQLiteConnection: InsertionChecks {
  func isStored(_ id: Plan.ID) throws(StorageError) -> Bool { try number(of: id) != nil }

  func isStored(_ action: ActionName) throws(StorageError) -> Bool {
    try number(of: action) != nil
  }

  func isUsed(_ key: Key, of action: ActionName) throws(StorageError) -> Bool {
    guard let number = try number(of: action) else { return false }
    var query = try query(.planByUse)
    query.bind(number)
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
    let due = try duePosition(of: plan, permit)
    let position = try nextPosition()
    var query = try query(.insertPlan)
    query.bind(fixed: definition, snapshot)
    query.bind(StatusGroup(plan.status))
    query.bind(Int(plan.status.rawValue))
    query.bind(progress: plan.progress)
    query.bind(derivedFrom: plan, due)
    query.bind(position)
    let isShort = query.bindIfShort(definition: definition)
    let place = query.bindIfShort(documents: plan.progress.documents)
    guard try query.runUnlessForbidden(permit) else { throw try refusal(bySchemaOf: plan) }
    let number = lastInsertedNumber
    var weight = query.weight
    if !isShort { weight += try insert(definition, ofPlan: number, permit) }
    if place == .apart, let documents = plan.progress.documents {
      weight += try insert(documents, ofPlan: number, permit)
    }
    try insertProjects(of: plan, number, permit)
    try insertLabels(of: plan, number, permit)
    try insertDependencies(of: plan, number, permit)
    countChanges.add(1, of: snapshot.action, to: StatusGroup(plan.status))
    cache.plans.note(
      PlanCache.Row(number: number, plan: plan, latestEvent: LatestEvent.none, weight: weight))
    expectEvent(at: position, ofNewPlan: plan.id, number)
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
  /// Writes the changing part of a plan to its row, and what follows from it to other tables.
  ///
  /// `latestEvent` is the position of the plan's latest event, or nil if it stays as it is stored.
  /// Returns false when the row does not hold `stored`.
  func write(
    _ plan: Plan, _ number: Int64, replacing stored: Plan, latestEvent: Int64?,
    _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Bool {
    let (group, before) = (StatusGroup(plan.status), StatusGroup(stored.status))
    let documents = plan.progress.documents
    // Compares references: most transitions keep the object of the documents.
    let hasNewDocuments = documents !== stored.progress.documents
    let due = try duePosition(of: plan, permit)
    var query = try query(.save(movesPlan: group != before, documents: hasNewDocuments))
    query.bind(Int(plan.status.rawValue))
    if group != before { query.bind(group) }
    query.bind(progress: plan.progress)
    query.bind(derivedFrom: plan, due)
    query.bind(latestEvent)
    let weight = query.weight
    let place = hasNewDocuments ? query.bindIfShort(documents: documents) : nil
    cache.plans.add(query.weight - weight, to: plan.id)
    query.bind(number)
    query.bind(stored.version)
    query.bind(stored.progress.epoch)
    try query.run(permit)
    guard changes == 1 else { return false }
    if let place { try write(documents, place, of: plan, number, replacing: stored, permit) }
    if group != before { try move(plan, number, from: before, to: group, permit) }
    return true
  }

  /// Writes the group of the status of a plan to the indexes by project and label, and its change
  /// to the numbers of plans.
  private func move(
    _ plan: Plan, _ number: Int64, from before: StatusGroup, to group: StatusGroup,
    _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    guard let action = try self.number(of: plan.definition.action.name) else {
      throw StorageError(
        .corrupt, operation: "saving", subject: "plan \(plan.id)",
        reason: "its action \(plan.definition.action.name) is not stored")
    }
    countChanges.add(-1, of: action, to: before)
    countChanges.add(1, of: action, to: group)
    if !plan.definition.projects.isEmpty {
      try save(group, ofPlan: number, .saveProjectGroup, permit)
    }
    if !plan.definition.labels.isEmpty {
      try save(group, ofPlan: number, .saveLabelGroup, permit)
    }
  }

  private func save(
    _ group: StatusGroup, ofPlan number: Int64, _ sql: SQL, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    var query = try query(sql)
    query.bind(group)
    query.bind(number)
    try query.run(permit)
  }

  /// Stores documents that are too long for the row of their plan, or removes those stored before.
  private func write(
    _ documents: PlanDocuments?, _ place: DocumentsPlace, of plan: Plan, _ number: Int64,
    replacing stored: Plan, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    if place == .apart, let documents {
      cache.plans.add(try insert(documents, ofPlan: number, permit), to: plan.id)
    } else if stored.progress.documents != nil {
      var removal = try query(.removeDocuments)
      removal.bind(number)
      try removal.run(permit)
    }
  }

  fileprivate func number(of id: Plan.ID) throws(StorageError) -> Int64? {
    if let row = cache.plans[id] { return row.number }
    var query = try query(.planNumber)
    query.bind(id.ulid)
    return try query.next() ? query.integer() : nil
  }

  /// Stores a definition that is too long for the row of its plan; returns the size of its texts.
  private func insert(
    _ definition: PlanDefinition, ofPlan number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int {
    var query = try query(.insertDefinition)
    query.bind(number)
    query.bind(definition: definition)
    try query.run(permit)
    return query.weight
  }

  /// Stores documents that are too long for the row of their plan; returns the size of their texts.
  private func insert(
    _ documents: PlanDocuments, ofPlan number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int {
    var query = try query(.insertDocuments)
    query.bind(number)
    query.bind(documents: documents)
    try query.run(permit)
    return query.weight
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
    guard let action = try self.number(of: snapshot.name) else { return nil }
    let row = ConnectionCache.SnapshotRow(
      number: try storedNumber(of: snapshot, action, permit), action: action)
    cache.note(snapshot, is: row)
    return row
  }

  private func storedNumber(
    of snapshot: ActionSnapshot, _ action: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int64 {
    do {
      var query = try query(.termsOfAction)
      query.bind(action)
      query.bind(snapshot.version)
      while try query.next() {
        let number = query.integer()
        if try query.snapshot() == snapshot { return number }
      }
    }
    var query = try query(.insertTerms)
    query.bind(action)
    query.bind(snapshot: snapshot)
    try query.run(permit)
    return lastInsertedNumber
  }
}
