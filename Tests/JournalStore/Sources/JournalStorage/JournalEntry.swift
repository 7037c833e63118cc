import PlanStorage

/// One write of a unit of work, as the journal keeps it.
///
/// The storage module has a stable JSON form (`PortableForm`) for plans, actions and events, so that
/// a store needs none of its own.
enum JournalEntry: Sendable {
  case insertPlan(Plan)
  case savePlan(Plan.ID, PlanProgress)
  case removeTree(Plan.ID)
  case insertAction(Action)
  case saveAction(Action)
  case append(PlanEvent)

  /// The entry as JSON: its kind, then its values.
  var json: JSONValue {
    switch self {
    case .insertPlan(let plan): ["plan", PortableForm.document(of: plan)]
    case .savePlan(let id, let progress):
      ["save", .string("\(id)"), PortableForm.document(of: progress)]
    case .removeTree(let root): ["remove", .string("\(root)")]
    case .insertAction(let action): ["action", PortableForm.document(of: action)]
    case .saveAction(let action): ["saveAction", PortableForm.document(of: action)]
    case .append(let event): ["event", PortableForm.document(of: event)]
    }
  }

  /// Reads an entry back.
  ///
  /// Throws `StorageError.corrupt` for an unknown kind, and `PlanError` for values that are invalid.
  init(_ json: JSONValue) throws {
    let parts = json.arrayValue ?? []
    switch (parts.first?.stringValue, parts.count) {
    case ("plan", 2): self = .insertPlan(try PortableForm.plan(from: parts[1]))
    case ("save", 3):
      self = .savePlan(
        try Plan.ID(parts[1].stringValue ?? ""), try PortableForm.progress(from: parts[2]))
    case ("remove", 2): self = .removeTree(try Plan.ID(parts[1].stringValue ?? ""))
    case ("action", 2): self = .insertAction(try PortableForm.action(from: parts[1]))
    case ("saveAction", 2): self = .saveAction(try PortableForm.action(from: parts[1]))
    case ("event", 2): self = .append(try PortableForm.event(from: parts[1]))
    default:
      throw StorageError(
        .corrupt, operation: "reading", subject: "a journal entry",
        reason: "its kind or its number of values is unknown")
    }
  }

  /// Repeats the write in a unit of work of the store in memory.
  func replay(in work: any UnitOfWork) throws {
    switch self {
    case .insertPlan(let plan): try work.insert(plan)
    case .savePlan(let id, let progress):
      guard let before = try work.plan(id) else {
        throw StorageError(
          .corrupt, operation: "replaying", subject: "a change of plan \(id)",
          reason: "no entry before it inserts the plan")
      }
      try work.save(Plan(definition: before.definition, progress: progress), replacing: before)
    case .removeTree(let root): _ = try work.removeTree(root)
    case .insertAction(let action): try work.insert(action)
    case .saveAction(let action):
      try work.save(action, replacing: try work.action(action.name)?.version ?? 0)
    case .append(let event): try work.append(event)
    }
  }
}
