import PlanDomain
import PlanStorage

/// Writes the plans of a selection, as one snapshot shows them, to an archive.
///
/// Keeps a page of plans for each level of a tree, and no more, in memory.
struct ArchiveExport {
  private let session: any ReadSession
  private var writer: ArchiveWriter
  private let progress: (_ plans: Int, _ all: Int) throws -> Void
  private var all = 0
  private var written = ArchiveSummary()
  private var actions: Set<ActionName> = []
  /// The size of the next page; small pages of large plans.
  private var pageLimit = 1

  /// Creates an export of what the session sees.
  init(
    _ session: any ReadSession, to sink: @escaping @Sendable ([UInt8]) throws -> Void,
    progress: @escaping (_ plans: Int, _ all: Int) throws -> Void
  ) {
    self.session = session
    self.progress = progress
    writer = ArchiveWriter(to: sink)
  }

  /// Writes the archive and returns what it contains.
  ///
  /// Throws `planNotFound` for the tree of a plan that is not stored, `StorageError`, and what the
  /// sink or `progress` throws.
  mutating func run(_ selection: ArchiveSelection, at now: Timestamp) throws -> ArchiveSummary {
    try writer.write("header", Self.header(selection, at: now))
    switch selection {
    case .all: try writeAll()
    case .tree(let id):
      guard let plan = try session.plan(id), let root = try session.plan(plan.definition.root)
      else { throw PlanError.planNotFound(id) }
      all = try session.counts(in: .tree(root.id)).total
      try writeTree(root)
    case .label(let label):
      all = try session.counts(in: .label(label)).total
      try writeTrees(with: label)
    }
    try writer.write(
      "end",
      [
        "actions": .integer(Int64(written.actions)), "plans": .integer(Int64(written.plans)),
        "events": .integer(Int64(written.events)),
      ])
    try writer.flush()
    try progress(written.plans, written.plans)
    return written
  }

  private static func header(_ selection: ArchiveSelection, at now: Timestamp) -> JSONValue {
    let selected: JSONValue =
      switch selection {
      case .all: "all"
      case .tree(let id): ["tree": .string(id.description)]
      case .label(let label): ["label": .string(label.description)]
      }
    return [
      "format": .string(ArchiveFormat.name), "version": .integer(Int64(ArchiveFormat.version)),
      "exportedAt": .string(now.description), "selection": selected,
    ]
  }

  private mutating func writeAll() throws {
    all = try session.counts(in: .all).total
    var cursor: ActionCursor?
    repeat {
      let page = try session.actions(matching: ActionQuery(order: .oldestFirst, after: cursor))
      for action in page.rows { try write(action) }
      cursor = page.next
    } while cursor != nil
    // Children are on these pages, too; they are written with their parents.
    try forEach(PlanFilter()) { export, plan in
      if plan.definition.position == nil { try export.writeTree(plan) }
    }
    guard written.plans == all else {
      throw StorageError(
        .corrupt, operation: "exporting", subject: "the store",
        reason: "it has \(all) plans, of which \(written.plans) are in trees",
        advice: "check the whole store for inconsistencies")
    }
  }

  private mutating func writeTrees(with label: Plan.Label) throws {
    // The trees that were found by a child, because their roots do not have the label.
    var found: Set<Plan.ID> = []
    try forEach(PlanFilter(label: label)) { export, plan in
      guard let position = plan.definition.position else { return try export.writeTree(plan) }
      guard !found.contains(position.root), let root = try export.session.plan(position.root),
        !root.definition.has(label)
      else { return }
      found.insert(root.id)
      try export.writeTree(root)
    }
  }

  private mutating func writeTree(_ plan: Plan) throws {
    try write(plan)
    guard plan.progress.round != nil else { return }
    guard plan.definition.depth <= PlanLimits.depth else {
      throw StorageError(
        .corrupt, operation: "exporting", subject: "plan \(plan.id)",
        reason: "it has more than \(PlanLimits.depth) ancestors and children")
    }
    try forEach(PlanFilter(parent: plan.id)) { export, child in try export.writeTree(child) }
  }

  /// Calls the body with each plan of the filter, in the order of their ids.
  private mutating func forEach(
    _ filter: PlanFilter, _ body: (inout ArchiveExport, Plan) throws -> Void
  ) throws {
    var cursor: PlanCursor?
    repeat {
      let page = try session.plans(
        matching: PlanQuery(
          filter, order: .oldestFirst, limit: try PageLimit(pageLimit), after: cursor))
      let (plans, bytes) = (written.plans, writer.bytes)
      for plan in page.rows { try body(&self, plan) }
      if written.plans > plans {
        let average = (writer.bytes - bytes) / (written.plans - plans)
        pageLimit = max(1, min(200, 2 * ArchiveFormat.bufferBytes / max(1, average)))
      } else if page.rows.count == pageLimit {
        // Nothing but children, which are written with their parents.
        pageLimit = min(200, 2 * pageLimit)
      }
      cursor = page.next
    } while cursor != nil
  }

  private mutating func write(_ action: Action) throws {
    guard actions.insert(action.name).inserted else { return }
    try writer.write("action", PortableForm.document(of: action))
    written.actions += 1
  }

  /// Writes a plan and its events, after its action.
  private mutating func write(_ plan: Plan) throws {
    let name = plan.definition.action.name
    if !actions.contains(name), let action = try session.action(name) { try write(action) }
    try writer.write("plan", PortableForm.document(of: plan))
    var sequence = 0
    while sequence < plan.version {
      let events = try session.events(of: plan.id, after: sequence, limit: 100)
      for event in events { try writer.write("event", PortableForm.document(of: event)) }
      written.events += events.count
      guard let last = events.last, last.sequence > sequence else { break }
      sequence = last.sequence
    }
    written.plans += 1
    if written.plans.isMultiple(of: 64) { try progress(written.plans, max(all, written.plans)) }
  }
}
