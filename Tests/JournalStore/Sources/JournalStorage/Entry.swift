public import PlanStorage

/// One write of a unit of work; a line of the journal is a list of them.
public enum Entry: Sendable {
  case insertPlan(Plan)
  case savePlan(Plan.ID, PlanProgress)
  case removeTree(Plan.ID)
  case insertAction(Action)
  case saveAction(Action)
  case append(PlanEvent)

  var json: JSONValue {
    switch self {
    case .insertPlan(let plan): ["plan", plan.portable]
    case .savePlan(let id, let progress): ["save", .string("\(id)"), progress.portable]
    case .removeTree(let root): ["remove", .string("\(root)")]
    case .insertAction(let action): ["action", action.portable]
    case .saveAction(let action): ["saveAction", action.portable]
    case .append(let event): ["event", event.portable]
    }
  }

  init(_ json: JSONValue) throws {
    let parts = json.arrayValue ?? []
    switch (parts.first?.stringValue, parts.count) {
    case ("plan", 2): self = .insertPlan(try Plan(portable: parts[1]))
    case ("save", 3):
      self = .savePlan(
        try Plan.ID(parts[1].stringValue ?? ""), try PlanProgress(portable: parts[2]))
    case ("remove", 2): self = .removeTree(try Plan.ID(parts[1].stringValue ?? ""))
    case ("action", 2): self = .insertAction(try Action(portable: parts[1]))
    case ("saveAction", 2): self = .saveAction(try Action(portable: parts[1]))
    case ("event", 2): self = .append(try PlanEvent(portable: parts[1]))
    default:
      throw StorageError(.corrupt, operation: "reading", subject: "an entry of a journal")
    }
  }

  /// Does again what was done.
  func replay(_ work: any UnitOfWork) throws {
    switch self {
    case .insertPlan(let plan): try work.insert(plan)
    case .savePlan(let id, let progress):
      guard let before = try work.plan(id) else {
        throw StorageError(.corrupt, operation: "reading", subject: "plan \(id) of a journal")
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

/// The line of one unit of work: a checksum and the entries, so that half a line is known as one.
public enum Line {
  /// The line without its end.
  public static func text(_ entries: [Entry]) -> String {
    let json = JSONValue.array(entries.map(\.json)).serialized()
    return "\(String(checksum(json.utf8), radix: 16)) \(json)"
  }

  /// The entries of a line; throws `corrupt` for anything that was never written.
  public static func entries(_ bytes: some Collection<UInt8>) throws -> [Entry] {
    let parts = bytes.split(separator: UInt8(ascii: " "), maxSplits: 1)
    guard parts.count == 2, let first = String(bytes: parts[0]),
      UInt64(first, radix: 16) == checksum(parts[1]),
      let list = try JSONValue(stored: Array(parts[1]), field: "journal").arrayValue
    else { throw StorageError(.corrupt, operation: "reading", subject: "a line of a journal") }
    return try list.map(Entry.init)
  }

  /// FNV-1a, 64 bits.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

extension String {
  fileprivate init?(bytes: some Collection<UInt8>) {
    self.init(validating: bytes, as: UTF8.self)
  }
}
