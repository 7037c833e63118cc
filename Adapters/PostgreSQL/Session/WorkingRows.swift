import PlanDomain
import PlanStorage

/// The plans and actions that a unit of work has read under their locks or written, and what is to
/// be sent to the server.
///
/// Writes are collected and sent together: before a read that they may concern, and with the commit.
struct WorkingRows {
  /// A plan of the unit of work.
  struct PlanRow {
    var plan: Plan
    /// The plan as the server has it; nil for one that is not inserted yet.
    var stored: Plan?
    /// The number of its action.
    let action: Int64
    /// The sequence of the latest event, with those that are not sent yet.
    var lastEvent: Int
    /// The sequence of the latest event in the row.
    var storedLastEvent: Int

    init(_ read: StoredPlan) {
      plan = read.plan
      stored = read.plan
      action = read.action
      lastEvent = read.lastEvent
      storedLastEvent = read.lastEvent
    }

    init(inserting plan: Plan, action: Int64) {
      self.plan = plan
      self.action = action
      lastEvent = 0
      storedLastEvent = 0
    }
  }

  /// An action of the unit of work, or the knowledge that it is not stored.
  struct ActionRow {
    var action: Action?
    var number: Int64?
    var isLockedExclusively: Bool
  }

  private(set) var plans: [Plan.ID: PlanRow] = [:]
  var actions: [ActionName: ActionRow] = [:]
  private var dirty: [Plan.ID] = []
  private var isDirty: Set<Plan.ID> = []
  private var counts = CountChanges()
  private var actionCommands: [PostgreSQLCommand] = []
  private var events: [PlanEvent] = []
  /// Plans that were not stored when they were looked up without a lock that keeps it so.
  var absentPlans: Set<Plan.ID> = []
  /// Idempotency keys that were not used when they were looked up.
  var absentKeys: Set<ActionKey> = []
  /// Whether anything was sent or is to be sent.
  private(set) var hasWrites = false
  private(set) var hasSentEvents = false
  /// Whether the numbers of plans change.
  private(set) var changesCounts = false
  /// The first event of the unit of work, which identifies it; nil without events.
  private(set) var firstEvent: (plan: Plan.ID, sequence: Int)?

  /// Whether something was not stored when it was looked up, without a lock that keeps it so, and
  /// the unit of work has done anything else.
  var hasUnstableReads: Bool {
    let absent = absentPlans.count + absentKeys.count
    return absent > 0 && (hasWrites || absent + plans.count + actions.count > 1)
  }

  subscript(id: Plan.ID) -> PlanRow? { plans[id] }

  var hasUnsentEvents: Bool { !events.isEmpty }

  /// Whether a plan is to be inserted that was not sent yet.
  var hasUnsentInsertions: Bool { dirty.contains { plans[$0].map { $0.stored == nil } ?? false } }

  /// Adds a plan that was read, unless it is known; returns it as the unit of work sees it.
  mutating func note(_ read: StoredPlan) -> Plan {
    if let known = plans[read.plan.id] { return known.plan }
    plans[read.plan.id] = PlanRow(read)
    return read.plan
  }

  mutating func insert(_ plan: Plan, action: Int64) {
    plans[plan.id] = PlanRow(inserting: plan, action: action)
    absentPlans.remove(plan.id)
    if let key = plan.definition.idempotencyKey {
      absentKeys.remove(ActionKey(action: plan.definition.action.name, key: key))
    }
    mark(plan.id)
  }

  mutating func save(_ plan: Plan) {
    plans[plan.id]?.plan = plan
    mark(plan.id)
  }

  mutating func append(_ event: PlanEvent) {
    plans[event.plan]?.lastEvent = event.sequence
    if firstEvent == nil { firstEvent = (event.plan, event.sequence) }
    events.append(event)
    mark(event.plan)
  }

  /// Adds the commands that write an action.
  mutating func write(_ action: Action, _ commands: [PostgreSQLCommand]) {
    actions[action.name]?.action = action
    actionCommands += commands
    hasWrites = true
  }

  /// Forgets the plans of a tree that was removed.
  mutating func noteRemoval(of root: Plan.ID) {
    hasWrites = true
    plans = plans.filter { $0.value.plan.definition.root != root }
  }

  private mutating func mark(_ id: Plan.ID) {
    hasWrites = true
    if isDirty.insert(id).inserted { dirty.append(id) }
  }

  /// Returns the commands that write what is pending, and counts it as written.
  ///
  /// Events are left for later without `withEvents`: their positions are taken as late as possible.
  mutating func take(withEvents: Bool, token: Int64, _ keys: StoreKeys) -> [PostgreSQLCommand] {
    var commands = actionCommands
    actionCommands = []
    for id in dirty {
      guard var row = plans[id] else { continue }
      if let stored = row.stored {
        commands += row.plan.savingCommands(
          replacing: stored, lastEvent: row.lastEvent, before: row.storedLastEvent)
        counts.add(-1, of: row.action, to: StatusGroup(stored.status))
      } else {
        commands += row.plan.insertingCommands(action: row.action, lastEvent: row.lastEvent)
      }
      counts.add(1, of: row.action, to: StatusGroup(row.plan.status))
      row.stored = row.plan
      row.storedLastEvent = row.lastEvent
      plans[id] = row
    }
    dirty.removeAll(keepingCapacity: true)
    isDirty.removeAll(keepingCapacity: true)
    if let changes = counts.take() {
      commands.append(changes)
      changesCounts = true
    }
    if withEvents, !events.isEmpty { commands += takeEvents(token: token, keys) }
    return commands
  }

  /// Returns the commands that append the events that were not sent yet.
  mutating func takeEvents(token: Int64, _ keys: StoreKeys) -> [PostgreSQLCommand] {
    var commands: [PostgreSQLCommand] = []
    commands.reserveCapacity(events.count + 1)
    commands.append(
      hasSentEvents
        ? PostgreSQLCommand(SQL.takePositions, [.int(events.count)])
        : PostgreSQLCommand(
          SQL.beginAppending, [.int(keys.marks), .int(keys.positions), .int(events.count)]))
    for (index, event) in events.enumerated() {
      let isFirst = event.plan == firstEvent?.plan && event.sequence == firstEvent?.sequence
      commands.append(
        PostgreSQLCommand(
          SQL.insertEvent,
          event.values + [isFirst ? .int(token) : .null, .int(events.count - 1 - index)]))
    }
    hasSentEvents = true
    events = []
    return commands
  }
}

/// An idempotency key of an action.
struct ActionKey: Hashable {
  let action: ActionName
  let key: Key
}
