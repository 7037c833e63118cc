import PlanDomain
import PlanStorage

/// One step of a random sequence: a value, so that it can be printed, removed and repeated.
enum Step: Sendable, CustomStringConvertible {
  /// One unit of work, which is committed or rolled back.
  case work([WriteOperation], isRolledBack: Bool)
  /// One read.
  case read(ReadOperation)
  /// Closes a durable store and opens it again.
  case reopen

  var description: String {
    switch self {
    case .work(let operations, let isRolledBack):
      operations.map(\.description).joined(separator: "; ") + (isRolledBack ? "; rolled back" : "")
    case .read(let read): "read \(read.name)"
    case .reopen: "close and open again"
    }
  }

  /// The number of reads and writes.
  var size: Int { if case .work(let operations, _) = self { operations.count } else { 1 } }
}

/// One read.
struct ReadOperation: Sendable {
  let name: String
  let run: @Sendable (any ReadSession) throws -> ReadResult
}

/// The result of a read.
struct ReadResult: Equatable, Sendable, CustomStringConvertible {
  let plans: [Plan]
  let actions: [Action]
  let events: [PlanEvent]
  let rest: String

  init(
    _ plans: [Plan?] = [], actions: [Action?] = [], events: [PlanEvent] = [], rest: String = ""
  ) {
    self.plans = plans.compactMap { $0 }
    self.actions = actions.compactMap { $0 }
    self.events = events
    self.rest = rest
  }

  /// The portable forms of all values, and the other results.
  var description: String {
    let rows: [any Portable] = plans + actions + events
    return (rows.map { $0.portable.serialized() } + [rest]).joined(separator: "\n    ")
  }
}

/// One write.
enum WriteOperation: Sendable, CustomStringConvertible {
  case insertAction(Action)
  /// Replaces this version, or the stored version if nil.
  case saveAction(Action, replacing: Int?)
  /// Inserts a plan as a child of this parent and of the parent's root, or as a root if nil.
  case insertPlan(Plan, parent: Plan.ID?)
  /// Saves this changing part; `isStale` replaces a version that is not stored.
  case savePlan(Plan, isStale: Bool, keepsDocuments: Bool)
  /// Appends the next event of a plan; `isGap` skips one sequence.
  case append(PlanEvent, isGap: Bool)
  case removeTree(Plan.ID)

  var description: String {
    switch self {
    case .insertAction(let action): "insert action \(action.name)"
    case .saveAction(let action, let version):
      "save action \(action.name) replacing version \(version.map { "\($0)" } ?? "as stored")"
    case .insertPlan(let plan, let parent):
      "insert plan \(plan.id) of \(plan.definition.action.name)"
        + (parent.map { " as child of \($0)" } ?? "") + ", \(plan.status)"
    case .savePlan(let plan, let isStale, _):
      "save plan \(plan.id) as \(plan.status)\(isStale ? ", stale" : "")"
    case .append(let event, let isGap):
      "append an event of \(event.plan)\(isGap ? ", with a gap" : "")"
    case .removeTree(let root): "remove tree \(root)"
    }
  }

  /// Runs the write and returns its result as text.
  func run(_ work: any UnitOfWork) throws -> String {
    switch self {
    case .insertAction(let action): try work.insert(action)
    case .saveAction(let action, let version):
      let stored = try version ?? work.action(action.name)?.version ?? 1
      try work.save(action, replacing: stored)
    case .insertPlan(let plan, let parent): try insert(plan, below: parent, work)
    case .savePlan(let plan, let isStale, let keepsDocuments):
      try save(plan, isStale, keepsDocuments, work)
    case .append(let event, let isGap):
      let last = try work.events(of: event.plan, after: 0, limit: .max).last?.sequence ?? 0
      try work.append(event.at(sequence: last + (isGap ? 2 : 1)))
    case .removeTree(let root): return "\(try work.removeTree(root))"
    }
    return "done"
  }

  private func insert(_ plan: Plan, below parent: Plan.ID?, _ work: any UnitOfWork) throws {
    guard let parent, let position = plan.definition.position else { return try work.insert(plan) }
    // The root must be that of the parent; the other values are random.
    let root = try work.plan(parent)?.definition.root ?? parent
    try work.insert(
      Plan(
        definition: plan.definition.at(
          ChildPosition(
            parent: parent, root: root, depth: 1, round: position.round, index: position.index,
            key: position.key, dependsOn: position.dependsOn)),
        progress: plan.progress))
  }

  private func save(
    _ plan: Plan, _ isStale: Bool, _ keepsDocuments: Bool, _ work: any UnitOfWork
  ) throws {
    guard let before = try work.plan(plan.id) else { return try work.save(plan, replacing: plan) }
    let progress = plan.progress
    let after = before.with(
      keepsDocuments ? progress.with(documents: before.progress.documents) : progress)
    try work.save(
      after,
      replacing: isStale ? before.with(before.progress.with(version: before.version ^ 1)) : before)
  }
}

extension PlanEvent {
  fileprivate func at(sequence: Int) -> PlanEvent {
    PlanEvent(
      plan: plan, sequence: sequence, command: command, from: from, to: to, at: at,
      attempt: attempt, epoch: epoch, detail: detail, by: by, note: note)
  }
}

extension PlanDefinition {
  func at(_ position: ChildPosition?) -> PlanDefinition {
    PlanDefinition(
      id: id, action: action, description: description, definitionOfDone: definitionOfDone,
      arguments: arguments, defaultedArguments: defaultedArguments, projects: projects,
      automation: automation, idempotencyKey: idempotencyKey, labels: labels, context: context,
      notBefore: notBefore, createdBy: createdBy, createdAt: createdAt, position: position)
  }
}

extension PlanProgress {
  fileprivate func with(
    version: Int? = nil, documents: PlanDocuments?
  ) -> PlanProgress {
    PlanProgress(
      status: status, version: version ?? self.version, attempt: attempt,
      reversionCount: reversionCount, epoch: epoch, lease: lease, readyAt: readyAt,
      unmetDependencies: unmetDependencies, updatedAt: updatedAt,
      times: (self[times: .strategize], self[times: .execute], self[times: .apply]),
      documents: documents, round: round)
  }

  fileprivate func with(version: Int) -> PlanProgress {
    with(version: version, documents: documents)
  }
}
