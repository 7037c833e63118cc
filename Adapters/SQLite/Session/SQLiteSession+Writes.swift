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
    // Same object, same documents: most transitions change none.
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
    // Only the changing part: the definition stays the one that was stored.
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
      try connection.keepLastPlace(permit)
      for sql in [
        SQL.removeEvents, .removeDocumentsOfTree, .removeDefinitions, .removeProjects,
        .removeDependencies, .removePlans,
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
        reason: "the plan's latest event is \(last)")
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

/// The lookups of a plan that the schema has refused.
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

  // The one rule of the schema that is left when the others are kept.
  func isTaken(_ position: ChildPosition) -> Bool { true }

  /// Why the schema has refused a plan.
  private func refusal(bySchemaOf plan: Plan) throws(StorageError) -> StorageError {
    try refusal(of: plan)
      ?? StorageError(
        .corrupt, operation: "inserting", subject: "plan \(plan.id)",
        reason: "the schema refuses it, although nothing that it refers to is missing")
  }

  /// Writes a new plan, unless a rule of the schema forbids it.
  fileprivate func insert(
    _ plan: Plan, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    let definition = plan.definition
    // A plan that stood below itself would satisfy the foreign keys.
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
  /// Writes the changing part of a plan; throws `staleWrite` when what is stored is not `before`.
  fileprivate func saveProgress(
    of plan: Plan, _ number: Int64, replacing before: Plan, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    // Where the group of the status stays, the indexes that hold it are left alone.
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

  /// Writes the group of the status where plans are found by their projects.
  func saveGroup(
    of plan: Plan, _ number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    if plan.definition.projects.isEmpty { return }
    var query = try query(.saveProjectGroup)
    query.bind(StatusGroup(plan.status))
    query.bind(number)
    try query.run(permit)
  }

  /// Writes the changing part; false when what is stored is not `before`.
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

  /// The sequence of the latest event of this plan; 0 without one.
  ///
  /// Asked for by itself: an INSERT that selects from the table that it inserts into first makes a
  /// copy of what it selects, which takes as long as everything else.
  fileprivate func lastSequence(of id: Plan.ID, _ number: Int64) throws(StorageError) -> Int {
    if let last = cache.plans[id]?.lastSequence { return last }
    var query = try query(.lastSequence)
    query.bind(number)
    return try query.next() ? query.int() : 0
  }

  /// Writes the documents; how much text they are.
  fileprivate func save(
    _ documents: PlanDocuments?, ofPlan number: Int64, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Int {
    var query = try query(documents == nil ? .removeDocuments : .saveDocuments)
    query.bind(number)
    if let documents { query.bind(documents: documents) }
    try query.run(permit)
    return query.weight
  }

  /// Keeps the place of the latest event, which is never given to another one even when the event is
  /// removed, because readers go on after it.
  fileprivate func keepLastPlace(_ permit: borrowing ChangePermit) throws(StorageError) {
    var place = try query(.keepPlace)
    try place.run(permit)
    var earlier = try query(.forgetPlaces)
    earlier.bind(lastInsertedNumber)
    try earlier.run(permit)
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

  /// The row of these terms, which is written when there is none; nil without the action.
  fileprivate func number(
    of snapshot: ActionSnapshot, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> RowCache.SnapshotRow? {
    if let cached = cache.number(of: snapshot) { return cached }
    guard let action = try numbers(of: snapshot.name) else { return nil }
    let row = RowCache.SnapshotRow(
      number: try storedNumber(of: snapshot, action, permit), action: action)
    cache.note(snapshot, is: row)
    return row
  }

  private func storedNumber(
    of snapshot: ActionSnapshot, _ action: RowCache.Action, _ permit: borrowing ChangePermit
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
