import Foundation
import PlanStorage
import PlanStorageContract

/// The names that the examples for authors of stores use without defining them; never run.
struct StoreExampleContext: Sendable {
  let engine: any StorageEngine
  let store: JournalStore
  var session: any UnitOfWork { get throws { throw CancellationError() } }
  let lock: NSLock
  let suspension: Suspension
  let notifier: CommitNotifier
  let harness: StorageHarness
  let path: String
  let id: Plan.ID
  let plan: Plan

  func newTemporaryPath() -> String { "" }
}

final class Journal: Sendable {
  init(_ path: String) throws {}
  func close() {}
}

final class JournalStore: ActivityReporting {
  let traits = StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: false)
  let notifier = CommitNotifier()
  let observers = ActivityObservers()

  init(_ path: String) throws {}
  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {}
  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {}
  func close() throws(StorageError) {}
}
