import PlanDomain
import PlanStorage

/// A running read or unit of work; each method throws `sessionEnded` outside its body.
///
/// Holds an unretained reference to the tables, because all readers would write to the same
/// reference count. The tables are alive while a body of the store runs; each method checks that
/// first.
struct InMemorySession {
  private let open: Unmanaged<InMemoryTables>
  private let isWritable: Bool
  /// Counts visited entries; nil unless the read is measured.
  let meter: VisitMeter?

  init(_ tables: InMemoryTables, isWritable: Bool, meter: VisitMeter? = nil) {
    open = Unmanaged.passUnretained(tables)
    self.isWritable = isWritable
    self.meter = meter
  }

  func tables(_ operation: String) throws(StorageError) -> InMemoryTables {
    try withTables(operation) { $0 }
  }

  /// Runs the closure with the tables, without retaining them.
  func withTables<R>(
    _ operation: String, _ read: (InMemoryTables) -> R
  ) throws(StorageError) -> R {
    guard ReentrancyGuard.isInside(at: open.toOpaque(), forWriting: isWritable) else {
      throw StorageError(.sessionEnded, operation: operation, subject: "an in-memory store")
    }
    return open._withUnsafeGuaranteedRef(read)
  }

  /// Returns the tables for a change; throws `readOnly` in a read session.
  func writable(_ operation: String) throws(StorageError) -> InMemoryTables {
    guard isWritable else {
      throw StorageError(
        .readOnly, operation: operation, subject: "an in-memory store",
        reason: "the session is read-only")
    }
    return try tables(operation)
  }
}

extension InMemorySession: UnitOfWork {
  func insert(_ plan: Plan) throws(StorageError) {
    let tables = try writable("inserting")
    if let refusal = try tables.refusal(of: plan) { throw refusal }
    let entry = PlanEntry(plan)
    tables.attach(entry)
    tables.note(.insertedPlan(entry))
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    let tables = try writable("saving")
    guard let slot = tables.plans.slot(of: plan.id), let entry = tables.plans.entry(at: slot)
    else {
      throw StorageError(.notFound, operation: "saving", subject: "plan \(plan.id)")
    }
    let stored = entry.plan
    guard stored.version == before.version, stored.progress.epoch == before.progress.epoch else {
      throw StorageError(.staleWrite, operation: "saving", subject: "plan \(plan.id)")
    }
    // Saves the changing part only; the definition stays as it was inserted.
    let isSameDefinition = plan.definition === stored.definition
    tables.replace(
      entry, at: slot,
      with: isSameDefinition
        ? plan : Plan(definition: stored.definition, progress: plan.progress))
    tables.note(.savedPlan(entry, before: stored))
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    let tables = try writable("removing")
    guard let entry = tables.plans.entry(root), entry.plan.definition.position == nil else {
      throw StorageError(.notFound, operation: "removing", subject: "root \(root)")
    }
    let entries = tables.descendants(of: entry)
    let before = tables.purges
    tables.purges.count += 1
    for entry in entries.reversed() {
      for event in entry.events { tables.removeFromFeed(event) }
      tables.purges.position = max(
        tables.purges.position, entry.events.last?.position ?? 0)
      tables.detach(entry)
    }
    tables.note(.removedPlans(entries, purgesBefore: before))
    return entries.count
  }

  func insert(_ action: Action) throws(StorageError) {
    let tables = try writable("inserting")
    guard tables.actions[action.name] == nil else {
      throw StorageError(.duplicate, operation: "inserting", subject: "action \(action.name)")
    }
    let entry = tables.newEntry(for: action)
    tables.attach(entry)
    tables.note(.insertedAction(entry))
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    let tables = try writable("saving")
    guard let entry = tables.actions[action.name] else {
      throw StorageError(.notFound, operation: "saving", subject: "action \(action.name)")
    }
    guard entry.action.version == version else {
      throw StorageError(.staleWrite, operation: "saving", subject: "action \(action.name)")
    }
    tables.note(.savedAction(entry, before: entry.action))
    entry.action = action
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    let tables = try writable("appending")
    guard let entry = tables.plans.entry(event.plan) else {
      throw StorageError(
        .missingReference, operation: "appending", subject: "event of plan \(event.plan)")
    }
    guard event.sequence == entry.events.count + 1 else {
      throw StorageError(
        .duplicate, operation: "appending", subject: "event of plan \(event.plan)",
        reason: "the plan's latest event has sequence \(entry.events.count)")
    }
    tables.append(event, to: entry)
    tables.note(.appendedEvent(entry))
  }
}

extension InMemoryTables: InsertionChecks {
  func isStored(_ id: Plan.ID) -> Bool { plans.slot(of: id) != nil }

  func isStored(_ action: ActionName) -> Bool { actions[action] != nil }

  func isUsed(_ key: Key, of action: ActionName) -> Bool {
    uses[UseKey(action: action, key: key)] != nil
  }

  func isTaken(_ position: ChildPosition) -> Bool {
    guard let round = plans.entry(position.parent)?.family?.rounds[position.round] else {
      return false
    }
    return round.byKey[position.key] != nil || round.offset(of: position.index).isTaken
  }
}

extension InMemoryTables {
  func newEntry(for action: Action) -> ActionEntry {
    let namespace = action.name.namespace
    let lists = namespaces[namespace] ?? GroupLists()
    namespaces[namespace] = lists
    lastActionNumber += 1
    return ActionEntry(
      action, number: lastActionNumber, scopes: [all, lists, GroupLists()])
  }

  func append(_ event: PlanEvent, to entry: PlanEntry) {
    lastPosition += 1
    let stored = StoredEvent(position: lastPosition, event: event)
    entry.events.append(stored)
    insertIntoFeed(stored, of: entry)
  }
}
