import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport
import TestTraits
import Testing

/// SQLite in memory, which does one thing wrong with what is submitted.
final class MutantSubmitter: UnitOfWorkSubmitting {
  enum Mutant: String, CaseIterable {
    case answersTwice, forgetsFailures, cannotCancel, staysOpen

    /// The case that must fail.
    var caseID: String {
      switch self {
      case .answersTwice, .forgetsFailures: "submit.outcome"
      case .cannotCancel: "submit.cancelled"
      case .staysOpen: "submit.closed"
      }
    }
  }

  let traits: StorageTraits
  let notifier: CommitNotifier
  private let inner: any UnitOfWorkSubmitting
  private let mutant: Mutant

  init(_ inner: any UnitOfWorkSubmitting, _ mutant: Mutant) {
    self.inner = inner
    self.mutant = mutant
    traits = inner.traits
    notifier = inner.notifier
  }

  func submit(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) -> SubmittedUnitOfWork {
    let submission = inner.submit(body) { [mutant] outcome in
      // A failure that is not reported to the caller is hidden.
      if mutant == .forgetsFailures, !outcome.isSuccess { return }
      if mutant == .answersTwice { completion(outcome) }
      completion(outcome)
    }
    return mutant == .cannotCancel ? SubmittedUnitOfWork {} : submission
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try inner.read(body)
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try inner.write(body)
  }

  func close() throws(StorageError) { if mutant != .staysOpen { try inner.close() } }
}

@Suite("The contract of submissions", .dedicatedThread)
struct SubmissionTests {
  @Test(
    "fails a mutant in the case that is meant for it", arguments: MutantSubmitter.Mutant.allCases)
  func mutants(_ mutant: MutantSubmitter.Mutant) throws {
    let harness = StorageHarness(name: mutant.rawValue, traits: Adapters.sqliteInMemory.traits) {
      let fresh = try Adapters.sqliteInMemory.fresh()
      return FreshStore(
        BackendFactory.make(mutant.rawValue) {
          let engine = try #require(try fresh.backend.open() as? any UnitOfWorkSubmitting)
          return MutantSubmitter(engine, mutant)
        })
    }
    let report = StorageContract.verify(harness, only: { $0 == mutant.caseID })
    #expect(report.violations.map(\.caseID) == [mutant.caseID], "\(report.table)")
  }

  @Test("is skipped for a store that takes no submissions")
  func none() {
    let report = StorageContract.verify(Adapters.memory, only: { $0.hasPrefix("submit.") })
    #expect(report.holds && report.table.contains("skipped  the store accepts no submissions"))
  }
}
