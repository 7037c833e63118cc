import PlanDomain

/// Checks that the lines of an archive fit together, whatever store they go to.
///
/// Each plan has its action and its parent before it and its whole history behind it; no plan is
/// there twice. Keeps eight bytes for each plan and each idempotency key, and one path of a tree.
struct ArchiveOrder {
  /// A plan of the path from the root to the latest plan, and its latest child.
  private struct Ancestor {
    let id: Plan.ID
    var lastChild: Plan.ID?
  }

  private(set) var summary = ArchiveSummary()
  private var actions: Set<ActionName> = []
  private var path: [Ancestor] = []
  private var history: ArchivedHistory?
  private var names = Fingerprints()

  /// Adds an action; returns what is wrong with it, or nil.
  mutating func add(_ action: Action) -> String? {
    if let reason = end() { return reason }
    summary.actions += 1
    return actions.insert(action.name).inserted ? nil : "action \(action.name) is there twice"
  }

  /// Adds a plan; returns what is wrong with it or with the one before it, or nil.
  mutating func add(_ plan: Plan) -> String? {
    if let reason = end() ?? placement(of: plan) ?? plan.invalidPart { return reason }
    guard actions.contains(plan.definition.action.name) else {
      return "action \(plan.definition.action.name) of plan \(plan.id) is not before it"
    }
    summary.plans += 1
    for name in Self.names(of: plan) { names.add(name) }
    history = ArchivedHistory(of: plan)
    return nil
  }

  /// Adds an event; returns what is wrong with it, or nil.
  mutating func add(_ event: PlanEvent) -> String? {
    summary.events += 1
    guard history != nil else { return "the event is not behind its plan" }
    return history?.add(event)
  }

  /// Ends the history of the latest plan; returns what is missing, or nil.
  mutating func end() -> String? {
    defer { history = nil }
    return history?.end()
  }

  /// Adds the plan to the path; returns what is wrong with its place, or nil.
  private mutating func placement(of plan: Plan) -> String? {
    guard let position = plan.definition.position else {
      path = [Ancestor(id: plan.id)]
      return nil
    }
    while let last = path.last, last.id != position.parent { path.removeLast() }
    guard let parent = path.last else {
      return "the parent \(position.parent) of plan \(plan.id) is not before it"
    }
    guard path.first?.id == position.root, position.depth == path.count else {
      return "plan \(plan.id) has another root or depth than its place"
    }
    if let last = parent.lastChild, last >= plan.id {
      return "plan \(plan.id) is there twice, or in the wrong place"
    }
    path[path.count - 1].lastChild = plan.id
    path.append(Ancestor(id: plan.id))
    return nil
  }

  /// The hashes of the names that occur twice, and rarely one of different names.
  mutating func repeatedNames() -> Set<UInt64> { names.repeated() }

  /// What must be there once: the plan, and its idempotency key.
  static func names(of plan: Plan) -> [String] {
    let key = plan.definition.idempotencyKey.map {
      "idempotency key '\($0)' of action \(plan.definition.action.name)"
    }
    return ["plan \(plan.id)"] + (key.map { [$0] } ?? [])
  }
}
