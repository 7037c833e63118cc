import PlanDomain
import PlanStorage

/// A store that counts its reads, and runs what a test asks for between its steps.
final class HookedEngine: StorageEngine {
  typealias Hook = @Sendable () throws -> Void

  /// The steps; each hook runs once, at the next call.
  enum Step: CaseIterable {
    case beforeRead
    case afterRead
    case beforeWrite
    case beforeCommit
    case afterWrite
  }

  let traits: StorageTraits
  var notifier: CommitNotifier { deaf ?? inner.notifier }
  private let inner: any StorageEngine
  private let deaf: CommitNotifier?
  private let state = Locked((reads: 0, hooks: [Step: Hook]()))

  /// With `isDeaf` the store is shared with other processes, and their commits are not notified.
  init(_ inner: any StorageEngine, isDeaf: Bool = false) {
    self.inner = inner
    deaf = isDeaf ? CommitNotifier() : nil
    traits = StorageTraits(
      latency: inner.traits.latency, isDurable: false, isSharedBetweenProcesses: isDeaf)
  }

  /// The number of reads that have ended: none of them takes a hook that is set after this.
  var reads: Int { state.withLock { $0.reads } }

  /// Runs the hook at the next step of this kind.
  func next(_ step: Step, _ hook: @escaping Hook) { state.withLock { $0.hooks[step] = hook } }

  private func run(_ step: Step) throws {
    try state.withLock { $0.hooks.removeValue(forKey: step) }?()
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    defer { state.withLock { $0.reads += 1 } }
    try run(.beforeRead)
    try inner.read(body)
    try run(.afterRead)
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try run(.beforeWrite)
    try inner.write { session in
      try body(session)
      try run(.beforeCommit)
    }
    try run(.afterWrite)
  }

  func close() throws(StorageError) { try inner.close() }
}
