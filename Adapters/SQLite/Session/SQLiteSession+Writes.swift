import PlanDomain
import PlanStorage

extension SQLiteSession: UnitOfWork {
  func insert(_ plan: Plan) throws(StorageError) {
    let connection = try writable("inserting")
    try connection.prepareForChange()
    let definition = plan.definition
    // A plan that stood below itself would satisfy the foreign keys.
    let isBelowItself =
      definition.position.map { $0.parent == plan.id || $0.root == plan.id } ?? false
    guard !isBelowItself, let snapshot = try connection.number(of: definition.action) else {
      throw try connection.refusal(of: plan)
    }
    var query = try connection.query(.insertPlan)
    query.bind(fixed: definition, snapshot)
    query.bind(StatusGroup(plan.status))
    query.bind(Int(plan.status.rawValue))
    query.bind(progress: plan.progress)
    query.bind(derivedFrom: plan)
    guard try query.runUnlessForbidden() else { throw try connection.refusal(of: plan) }
    let number = connection.lastInsertedNumber
    var texts = try connection.query(.insertDefinition)
    texts.bind(number)
    texts.bind(definition: definition)
    try texts.run()
    var weight = query.weight + texts.weight
    if let documents = plan.progress.documents {
      weight += try connection.save(documents, ofPlan: number)
    }
    for project in Set(definition.projects.map(\.name)) {
      var query = try connection.query(.insertProject)
      query.bind(project.description)
      query.bind(StatusGroup(plan.status))
      query.bind(plan.id.ulid)
      query.bind(number)
      try query.run()
    }
    if let position = definition.position {
      for key in Set(position.dependsOn) {
        var query = try connection.query(.insertDependency)
        query.bind(position.parent.ulid)
        query.bind(position.round)
        query.bind(key.description)
        query.bind(position.index)
        query.bind(number)
        try query.run()
      }
    }
    connection.cache.plans.note(
      PlanCache.Row(number: number, plan: plan, lastSequence: 0, weight: weight))
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    let connection = try writable("saving")
    guard let number = try connection.number(of: plan.id) else {
      throw StorageError(.notFound, operation: "saving", subject: "plan \(plan.id)")
    }
    var row = connection.cache.plans[plan.id]
    // Same object, same documents: most transitions change none.
    let hasNewDocuments = plan.progress.documents !== before.progress.documents
    if row == nil || hasNewDocuments { try connection.prepareForChange() }
    // Where the group of the status stays, the indexes that hold it are left alone.
    var isMoving = StatusGroup(plan.status) != StatusGroup(before.status)
    var isSaved = false
    if !isMoving {
      isSaved = try connection.save(plan, number, replacing: before, .saveProgress)
      isMoving = !isSaved
    }
    if isMoving {
      isSaved = try connection.save(plan, number, replacing: before, .saveProgressAndGroup)
    }
    guard isSaved else {
      throw StorageError(.staleWrite, operation: "saving", subject: "plan \(plan.id)")
    }
    if let row { connection.note(.saved(number: number, before: row.plan, after: plan)) }
    if hasNewDocuments {
      let weight = try connection.save(plan.progress.documents, ofPlan: number)
      row?.weight += weight
    }
    if isMoving { try connection.saveGroup(of: plan, number) }
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
    try connection.prepareForChange()
    connection.cache.plans = PlanCache()
    // The place of a removed event is never given to another one: readers go on after it.
    try connection.run(.keepPlace)
    try connection.forgetPlaces(before: connection.lastInsertedNumber)
    for sql in [
      SQL.removeEvents, .removeDocumentsOfTree, .removeDefinitions, .removeProjects,
      .removeDependencies, .removePlans,
    ] {
      var query = try connection.query(sql)
      query.bind(root.ulid)
      try query.run()
    }
    return connection.changes
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
    var query = try connection.query(.insertEvent)
    query.bind(number)
    query.bind(event: event)
    try query.run()
    connection.note(.appended(connection.lastInsertedNumber))
    connection.cache.plans.note(lastSequence: event.sequence, of: event.plan)
  }

  func insert(_ action: Action) throws(StorageError) {
    let connection = try writable("inserting")
    try connection.prepareForChange()
    let subject = "action \(action.name)"
    guard try connection.numbers(of: action.name) == nil else {
      throw StorageError(.duplicate, operation: "inserting", subject: subject)
    }
    let namespace = try connection.number(ofNamespace: action.name.namespace)
    var query = try connection.query(.insertAction)
    query.bind(action.name.description)
    query.bind(namespace)
    query.bind(action: action)
    try query.run()
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    let connection = try writable("saving")
    try connection.prepareForChange()
    do {
      var query = try connection.query(.saveAction)
      query.bind(action: action)
      query.bind(action.name.description)
      query.bind(version)
      try query.run()
    }
    guard connection.changes == 1 else {
      throw StorageError(
        try connection.numbers(of: action.name) == nil ? .notFound : .staleWrite,
        operation: "saving", subject: "action \(action.name)")
    }
  }
}

extension SQLiteConnection {
  /// Why a plan cannot be stored, as every adapter would say it.
  fileprivate func refusal(of plan: Plan) throws(StorageError) -> StorageError {
    let definition = plan.definition
    func refuse(_ code: StorageError.Code, _ reason: String) -> StorageError {
      StorageError(code, operation: "inserting", subject: "plan \(plan.id)", reason: reason)
    }
    if try exists(plan.id) { return refuse(.duplicate, "the id is taken") }
    guard let action = try numbers(of: definition.action.name) else {
      return refuse(.missingReference, "there is no action \(definition.action.name)")
    }
    if let key = definition.idempotencyKey {
      var query = try query(.planByUse)
      query.bind(action.number)
      query.bind(key.description)
      if try query.next() { return refuse(.duplicate, "the idempotency key is taken") }
    }
    guard let position = definition.position, try exists(position.parent), try exists(position.root)
    else {
      return refuse(.missingReference, "its parent or its root is not stored")
    }
    return refuse(.duplicate, "a sibling has its key or its position")
  }

  /// Writes the group of the status where plans are found by their projects.
  func saveGroup(of plan: Plan, _ number: Int64) throws(StorageError) {
    if plan.definition.projects.isEmpty { return }
    var query = try query(.saveProjectGroup)
    query.bind(StatusGroup(plan.status))
    query.bind(number)
    try query.run()
  }

  /// Writes the changing part; false when what is stored is not `before`.
  func save(
    _ plan: Plan, _ number: Int64, replacing before: Plan, _ sql: SQL
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
    try query.run()
    return changes == 1
  }

  private func exists(_ id: Plan.ID) throws(StorageError) -> Bool { try number(of: id) != nil }

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
    _ documents: PlanDocuments?, ofPlan number: Int64
  ) throws(StorageError) -> Int {
    var query = try query(documents == nil ? .removeDocuments : .saveDocuments)
    query.bind(number)
    if let documents { query.bind(documents: documents) }
    try query.run()
    return query.weight
  }

  fileprivate func forgetPlaces(before position: Int64) throws(StorageError) {
    var query = try query(.forgetPlaces)
    query.bind(position)
    try query.run()
  }

  fileprivate func number(ofNamespace name: String) throws(StorageError) -> Int64 {
    do {
      var query = try query(.namespaceNumber)
      query.bind(name)
      if try query.next() { return query.integer() }
    }
    var query = try query(.insertNamespace)
    query.bind(name)
    try query.run()
    return lastInsertedNumber
  }

  /// The row of these terms, which is written when there is none; nil without the action.
  fileprivate func number(of snapshot: ActionSnapshot) throws(StorageError) -> RowCache.SnapshotRow?
  {
    if let cached = cache.number(of: snapshot) { return cached }
    guard let action = try numbers(of: snapshot.name) else { return nil }
    let row = RowCache.SnapshotRow(number: try storedNumber(of: snapshot, action), action: action)
    cache.note(snapshot, is: row)
    return row
  }

  private func storedNumber(
    of snapshot: ActionSnapshot, _ action: RowCache.Action
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
    try query.run()
    return lastInsertedNumber
  }
}
