import PlanDomain
import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport
import TestTraits
import Testing

/// SQLite in memory, which reports one thing wrong to its observers.
final class MutantReporter: ActivityReporting {
  enum Mutant: String, CaseIterable {
    case reportsTwice, reportsNone, reportsRolledBack

    /// The case that must fail.
    var caseID: String { "activity.commits" }
  }

  let traits: StorageTraits
  let notifier: CommitNotifier
  let observers = ActivityObservers()
  private let inner: any ActivityReporting
  private let mutant: Mutant
  private let observation: ActivityObservers.Observation

  init(_ inner: any ActivityReporting, _ mutant: Mutant) {
    self.inner = inner
    self.mutant = mutant
    traits = inner.traits
    notifier = inner.notifier
    observation = inner.observers.observe { [observers] activity in
      if mutant == .reportsNone { return }
      observers.report(activity)
      if mutant == .reportsTwice { observers.report(activity) }
    }
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws { try inner.read(body) }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    do { try inner.write(body) } catch {
      if mutant == .reportsRolledBack {
        observers.report(.committed(unitsOfWork: 1, duration: .zero))
      }
      throw error
    }
  }

  func close() throws(StorageError) { try inner.close() }
}

@Suite("The contract of reported activities", .dedicatedThread)
struct ActivityTests {
  @Test(
    "fails a mutant in the case that is meant for it", arguments: MutantReporter.Mutant.allCases)
  func mutants(_ mutant: MutantReporter.Mutant) throws {
    let harness = StorageHarness(name: mutant.rawValue, traits: Adapters.sqliteInMemory.traits) {
      let fresh = try Adapters.sqliteInMemory.fresh()
      return FreshStore(
        BackendFactory.make(mutant.rawValue) {
          let engine = try #require(try fresh.backend.open() as? any ActivityReporting)
          return MutantReporter(engine, mutant)
        })
    }
    let report = StorageContract.verify(harness, only: { $0 == mutant.caseID })
    #expect(report.violations.map(\.caseID) == [mutant.caseID], "\(report.table)")
  }

  @Test("is skipped for a store that reports none")
  func none() {
    let report = StorageContract.verify(Adapters.memory, only: { $0.hasPrefix("activity.") })
    #expect(report.holds && report.table.contains("skipped  the store reports no activities"))
  }
}
