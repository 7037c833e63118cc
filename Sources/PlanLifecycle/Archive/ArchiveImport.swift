import PlanDomain
import PlanStorage

/// Imports an archive: reads it a first time to check it, a second time to store it.
///
/// The first pass checks the whole archive and compares it with the store; nothing is written before
/// it has ended. The second pass stores trees, each in one unit of work and small ones together, in
/// which it also evicts the leases. So a worker never sees a part of a tree. An import that is
/// interrupted leaves whole trees; importing the archive again goes on behind them.
struct ArchiveImport {
  /// The limits of a unit of work, which ends with a tree.
  private static let plansTogether = 200
  private static let bytesTogether: Int64 = 1 << 20

  private let engine: any StorageEngine
  private let environment: PlanEnvironment
  private let file: ArchiveFile
  private let subject: String
  private let progress: (_ done: Int, _ all: Int) throws -> Void

  /// Creates an import of a file.
  init(
    _ path: String, into engine: any StorageEngine, _ environment: PlanEnvironment,
    progress: @escaping (_ done: Int, _ all: Int) throws -> Void
  ) throws(StorageError) {
    file = try ArchiveFile(reading: path)
    subject = ArchiveFile.subject(path)
    self.engine = engine
    self.environment = environment
    self.progress = progress
  }

  /// Imports the archive and returns what was written.
  ///
  /// Throws `StorageError`: `corrupt`, `notAStore` and `schemaTooNew` for the file, with the number
  /// of the line, and `duplicate` for collisions; nothing was written then. Throws what `progress`
  /// throws, and the errors of the store: then, the trees that were stored stay.
  func run() throws -> ArchiveSummary {
    let (firstTree, storedPlans, _) = try check()
    var summary = ArchiveSummary()
    summary.plansStoredBefore = storedPlans
    var position: ArchivePosition? = ArchivePosition()
    while let start = position {
      let batch = try store(from: start, firstTree: firstTree)
      summary.add(batch.written)
      position = batch.next
      if let next = batch.next { try report(next, pass: 1) }
    }
    try progress(Int(2 * file.size), Int(2 * file.size))
    return summary
  }

  private func report(_ position: ArchivePosition, pass: Int64) throws {
    try progress(Int(position.offset + pass * file.size), Int(2 * file.size))
  }

  /// Checks the archive by itself and against the store.
  ///
  /// Returns the place of the first tree to store, nil without one, the number of plans before it,
  /// and what the archive contains. Throws as `run` does, and writes nothing.
  func check() throws -> (
    firstTree: ArchivePosition?, storedPlans: Int, contents: ArchiveSummary
  ) {
    var (reader, order) = (ArchiveReader(file), ArchiveOrder())
    var collisions = ArchiveCollisions(with: engine)
    var waiting: (plan: Plan, position: ArchivePosition, last: PlanEvent?)?
    func compareWaiting() throws {
      guard let (plan, position, last) = waiting, let last else { return }
      try collisions.compare(.init(plan: plan, last: last, position: position))
      waiting = nil
    }
    var position = reader.position
    var isEnded = false
    while let line = try reader.next() {
      guard !isEnded else { throw reader.damage("it follows the end", line: position.line + 1) }
      var fault: String?
      switch line {
      case .header: fault = position.line == 0 ? nil : "a header inside of the archive"
      case .action(let action):
        fault = order.add(action)
        try compareWaiting()
        if fault == nil { try collisions.compare(action) }
      case .plan(let plan):
        fault = order.add(plan)
        try compareWaiting()
        waiting = (plan, position, nil)
      case .event(let event):
        fault = order.add(event)
        waiting?.last = event
      case .end(let actions, let plans, let events):
        fault = order.end()
        try compareWaiting()
        let summary = order.summary
        if summary.actions != actions || summary.plans != plans || summary.events != events {
          fault = fault ?? "the archive has other numbers of actions, plans and events"
        }
        isEnded = true
      }
      if let fault { throw reader.damage(fault, line: position.line + 1) }
      if position.line.isMultiple(of: 512) { try report(reader.position, pass: 0) }
      position = reader.position
    }
    guard isEnded else {
      let isEmpty = position.line == 0
      throw isEmpty ? emptyFile : reader.damage("the archive ends before this line")
    }
    try checkRepetitions(order.repeatedNames())
    try collisions.end(subject)
    return (collisions.firstMissingTree, collisions.storedPlans, order.summary)
  }

  private var emptyFile: StorageError {
    StorageError(
      .notAStore, operation: "reading", subject: "line 1 of \(subject)",
      reason: "the file is empty, so it is not an archive",
      advice: "choose a file that an export has written")
  }

  /// Finds the line with a name that is there twice; throws `corrupt` if there is one.
  private func checkRepetitions(_ hashes: Set<UInt64>) throws {
    guard !hashes.isEmpty else { return }
    var reader = ArchiveReader(file)
    var seen: Set<String> = []
    while let line = try reader.next() {
      guard case .plan(let plan) = line else { continue }
      for name in ArchiveOrder.names(of: plan) where hashes.contains(Fingerprints.hash(name)) {
        guard seen.insert(name).inserted else {
          throw reader.damage("\(name) is there twice", line: reader.position.line)
        }
      }
    }
  }
}

extension ArchiveImport {
  private struct Batch: Sendable {
    var written = ArchiveSummary()
    /// The place to go on from; nil after the end.
    var next: ArchivePosition?
  }

  /// Stores the next trees in one unit of work.
  private func store(
    from start: ArchivePosition, firstTree: ArchivePosition?
  ) throws -> Batch {
    let effects = UnitOfWorkEffects(collectsPlans: false)
    let (file, environment) = (file, environment)
    let batch: Batch
    do {
      batch = try engine.write { session in
        effects.begin()
        let transaction = PlanTransaction(
          session: session, environment: environment, changes: effects)
        let batch = try Self.store(
          from: start, of: file, firstTree: firstTree, in: transaction)
        try effects.end()
        return batch
      }
    } catch {
      if let failure = effects.notificationOfFailure() { engine.notifier.notify(failure) }
      throw error
    }
    engine.notifier.notify(try effects.notification())
    return batch
  }

  /// Reads the archive inside the unit of work, because a tree may be larger than the memory.
  private static func store(
    from start: ArchivePosition, of file: ArchiveFile, firstTree: ArchivePosition?,
    in transaction: borrowing PlanTransaction
  ) throws -> Batch {
    var (reader, batch, leased) = (ArchiveReader(file, at: start), Batch(), [Plan.ID]())
    var isStored = true
    loop: while true {
      let position = reader.position
      guard let line = try reader.next() else { break }
      switch line {
      case .header, .end: break
      case .action(let action): try insert(action, in: transaction, &batch)
      case .plan(let plan):
        if plan.definition.position == nil {
          isStored = firstTree.map { position.offset < $0.offset } ?? true
          let isFull =
            batch.written.plans >= plansTogether
            || position.offset - start.offset >= bytesTogether
          if isFull, position.offset > start.offset {
            batch.next = position
            break loop
          }
        }
        if isStored { continue }
        try transaction.session.insert(plan)
        transaction.changes.note(plan, before: nil, hasEvents: true)
        batch.written.plans += 1
        if plan.progress.lease != nil { leased.append(plan.id) }
      case .event(let event):
        if isStored { continue }
        try transaction.session.append(event)
        batch.written.events += 1
      }
    }
    // The end of one may have cancelled another one.
    for id in leased where try transaction.plan(id).progress.lease != nil {
      try transaction.evict(id, reason: "imported from another store")
    }
    batch.written.evictedLeases = leased.count
    return batch
  }

  private static func insert(
    _ action: Action, in transaction: borrowing PlanTransaction, _ batch: inout Batch
  ) throws {
    guard try transaction.session.action(action.name) == nil else { return }
    try transaction.session.insert(action)
    transaction.changes.noteWrite()
    batch.written.actions += 1
  }
}

extension ArchiveSummary {
  fileprivate mutating func add(_ other: ArchiveSummary) {
    actions += other.actions
    plans += other.plans
    events += other.events
    evictedLeases += other.evictedLeases
  }
}
