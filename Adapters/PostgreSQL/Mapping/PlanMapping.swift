import PlanDomain
import PlanStorage

/// A plan as its row holds it.
struct StoredPlan {
  let plan: Plan
  /// The number of the row, which is not used again for another plan.
  let number: Int64
  /// The number of the plan's action.
  let action: Int64
  /// The sequence of the plan's latest event; 0 without events.
  let lastEvent: Int
}

extension RowReader {
  /// Reads `Columns.read` and the document of the definition, which is NULL if `known` has it.
  mutating func storedPlan(
    _ cache: EngineCache, known: KnownDefinition? = nil
  ) throws(StorageError) -> StoredPlan {
    let id = Plan.ID(try id())
    let number = try integer()
    let (action, lastEvent) = (try integer(), try count())
    let progress = try progress()
    let definition = try definition(of: id, number, cache, known)
    return StoredPlan(
      plan: Plan(definition: definition, progress: progress), number: number, action: action,
      lastEvent: lastEvent)
  }

  private mutating func definition(
    of id: Plan.ID, _ number: Int64, _ cache: EngineCache, _ known: KnownDefinition?
  ) throws(StorageError) -> PlanDefinition {
    if let known = known ?? cache.definition(of: id), known.number == number {
      skip(1)
      return known.definition
    }
    let bytes = rows.byteCount(row, column)
    let decoded = try PlanDefinition(portable: try document())
    guard decoded.id == id else { throw damage }
    return cache.note(decoded, numbered: number, bytes: bytes)
  }
}

extension PostgreSQLRows {
  /// The plans of all rows.
  func plans(_ cache: EngineCache) throws(StorageError) -> [StoredPlan] {
    var plans: [StoredPlan] = []
    plans.reserveCapacity(count)
    for row in 0..<count {
      var reader = RowReader(self, row)
      plans.append(try reader.storedPlan(cache))
    }
    return plans
  }
}

/// The values of a plan that depend on more than its progress.
extension Plan {
  /// The values of `Columns.saved`.
  func savedValues(lastEvent: Int) -> [PostgreSQLValue] {
    let due = DuePosition(of: self)
    return progress.values + [
      .int(Int(StatusGroup(status).rawValue)), .text(due?.list.stored), .time(due?.time),
      .bool(isStartable), .int(lastEvent),
    ]
  }

  /// The values of `Columns.inserted`.
  func insertedValues(action: Int64, lastEvent: Int) -> [PostgreSQLValue] {
    let position = definition.position
    let fixed: [PostgreSQLValue] = [
      .id(id), .int(LockKey.tree(of: definition.root).unsalted), .int(action),
      .text(definition.idempotencyKey?.description), .id(position?.parent.ulid),
      .id(position?.root.ulid), .int(position?.round), .int(position?.index),
      .text(position?.key.description),
    ]
    return fixed + savedValues(lastEvent: lastEvent) + [.document(progress.documents?.portable)]
  }
}

extension DueList {
  /// The list in the column `due_list`.
  var stored: String {
    switch self {
    case .ready(let actor): Self.readyPrefix + actor.description
    case .leases: "lease"
    case .finalRoots: "final"
    }
  }

  /// What the lists of actors begin with; the order of the lists is that of the actors.
  static let readyPrefix = "ready:"
}

extension Plan.Label {
  /// The label in the column `label`: both parts are printable, so a tab separates them.
  var stored: String { "\(key)\t\(value)" }
}
