import PlanStorage
import TestSupport

/// Commits each write of a unit of work by itself: a crash in between keeps a part of the unit.
final class CommitsEachWriteEngine: StorageEngine {
  let traits: StorageTraits
  let notifier: CommitNotifier
  private let inner: any StorageEngine

  init(_ inner: any StorageEngine) {
    self.inner = inner
    traits = inner.traits
    notifier = inner.notifier
  }

  func write<R: Sendable>(_ body: @Sendable (any UnitOfWork) throws -> R) throws -> R {
    try body(AutocommitSession(inner))
  }

  func read<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R {
    try inner.read(body)
  }

  func close() throws(StorageError) { try inner.close() }
}
