import PlanDomain
import PlanStorage

/// Compares the plans and actions of an archive with those of the store that it is imported into.
///
/// Nothing of the archive may be stored, with one exception: an import that was interrupted has
/// stored whole trees from the beginning of the archive. These are recognised by their histories,
/// which begin with those of the archive, and are not stored again.
struct ArchiveCollisions {
  /// A plan of the archive with its latest event.
  struct Entry: Sendable {
    let plan: Plan
    let last: PlanEvent
    /// The place before the plan's line.
    let position: ArchivePosition
  }

  private enum Presence: Sendable {
    case absent
    /// The stored plan is the archived one, or has gone on from it.
    case stored
    case collision(String)
  }

  /// How many collisions an error names.
  private static let named = 8

  private let engine: any StorageEngine
  private var entries: [Entry] = []
  private var named: [String] = []
  private var count = 0
  /// Whether the tree of the latest plan is stored.
  private var isTreeStored = false
  /// The place before the first tree that is not stored; nil before one was found.
  private(set) var firstMissingTree: ArchivePosition?
  /// The number of plans before it.
  private(set) var storedPlans = 0
  private var lastStored: Plan.ID?

  /// Creates a comparison with the contents of this store.
  init(with engine: any StorageEngine) { self.engine = engine }

  /// Compares an action with the stored one of its name, which must be equal if there is one.
  mutating func compare(_ action: Action) throws {
    let stored = try engine.read { try $0.action(action.name) }
    guard let stored else { return }
    if stored.version != action.version {
      note("action \(action.name) has version \(stored.version) there, \(action.version) here")
    } else if !stored.definition.equalsIgnoringCreator(action.definition) {
      note("version \(action.version) of action \(action.name) is another one there")
    }
  }

  /// Compares a plan with the store, now or together with later ones.
  mutating func compare(_ entry: Entry) throws {
    entries.append(entry)
    if entries.count >= 100 { try flush() }
  }

  /// Ends the comparison; throws `duplicate`, which names the collisions, if there are any.
  mutating func end(_ subject: String) throws {
    try flush()
    if count == 0, firstMissingTree == nil, let lastStored {
      note("all of its plans are stored already, the last of them is \(lastStored)")
    }
    guard count > 0 else { return }
    let more = count > named.count ? ", and \(count - named.count) more" : ""
    throw StorageError(
      .duplicate, operation: "importing", subject: subject,
      reason: "nothing was written, \(count) collision\(count == 1 ? "" : "s"): "
        + named.joined(separator: "; ") + more,
      advice: "import it into another store, or export less")
  }

  /// Compares the plans that wait, in one snapshot.
  private mutating func flush() throws {
    let waiting = entries
    entries = []
    let found = try engine.read { session in
      try waiting.map { try Self.presence(of: $0, in: session) }
    }
    for (entry, presence) in zip(waiting, found) { add(entry, presence) }
  }

  private static func presence(
    of entry: Entry, in session: any ReadSession
  ) throws(StorageError) -> Presence {
    let plan = entry.plan
    if let stored = try session.plan(plan.id) {
      let last = try session.events(of: plan.id, after: entry.last.sequence - 1, limit: 1).first
      let isSame = stored.definition == plan.definition && last == entry.last
      return isSame ? .stored : .collision("plan \(plan.id) is another one there")
    }
    if let key = plan.definition.idempotencyKey {
      let name = plan.definition.action.name
      if let other = try session.plan(of: name, idempotencyKey: key) {
        return .collision("idempotency key '\(key)' of action \(name) is that of plan \(other.id)")
      }
    }
    return .absent
  }

  private mutating func add(_ entry: Entry, _ presence: Presence) {
    let isRoot = entry.plan.definition.position == nil
    switch presence {
    case .collision(let reason):
      note(reason)
      if isRoot { isTreeStored = false }
    case .absent:
      if isRoot {
        isTreeStored = false
        firstMissingTree = firstMissingTree ?? entry.position
      } else if isTreeStored {
        note("the tree of plan \(entry.plan.id) is stored without it")
      }
    case .stored:
      if isRoot { isTreeStored = true }
      if !isTreeStored || firstMissingTree != nil { note("plan \(entry.plan.id) is stored") }
      storedPlans += 1
      lastStored = entry.plan.id
    }
  }

  private mutating func note(_ collision: String) {
    count += 1
    if named.count < Self.named { named.append(collision) }
  }
}
