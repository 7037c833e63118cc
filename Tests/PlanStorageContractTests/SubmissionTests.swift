import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport
import TestTraits
import Testing

/// SQLite in memory, which does one thing wrong with what is submitted.
private final class BentSubmitter: UnitOfWorkSubmitting {
  enum Flaw: String, CaseIterable {
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
  let announcer: Announcer
  private let inner: any UnitOfWorkSubmitting
  private let flaw: Flaw

  init(_ inner: any UnitOfWorkSubmitting, _ flaw: Flaw) {
    self.inner = inner
    self.flaw = flaw
    traits = inner.traits
    announcer = inner.announcer
  }

  func submit<R: Sendable>(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> R,
    completion: @escaping @Sendable (Result<R, any Error>) -> Void
  ) -> Submission {
    let submission = inner.submit(body) { [flaw] outcome in
      // To say nothing of a failure, as far as whoever waits is concerned, is to hide it.
      if flaw == .forgetsFailures, !outcome.isSuccess { return }
      if flaw == .answersTwice { completion(outcome) }
      completion(outcome)
    }
    return flaw == .cannotCancel ? Submission {} : submission
  }

  func read<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R {
    try inner.read(body)
  }

  func write<R: Sendable>(_ body: @Sendable (any UnitOfWork) throws -> R) throws -> R {
    try inner.write(body)
  }

  func close() throws(StorageError) { if flaw != .staysOpen { try inner.close() } }
}

@Suite("The contract of submissions", .ownThread)
struct SubmissionTests {
  @Test("finds out a store that", arguments: BentSubmitter.Flaw.allCases)
  fileprivate func flaws(_ flaw: BentSubmitter.Flaw) throws {
    let harness = StorageHarness(name: flaw.rawValue, traits: Adapters.sqliteInMemory.traits) {
      let fresh = try Adapters.sqliteInMemory.fresh()
      return FreshStore(
        StorageBackend(flaw.rawValue) {
          let engine = try #require(try fresh.backend.open() as? any UnitOfWorkSubmitting)
          return BentSubmitter(engine, flaw)
        })
    }
    let report = StorageContract.verify(harness, only: { $0 == flaw.caseID })
    #expect(report.violations.map(\.caseID) == [flaw.caseID], "\(report.table)")
  }

  @Test("is no matter for a store that takes none")
  func none() {
    let report = StorageContract.verify(Adapters.memory, only: { $0.hasPrefix("submit.") })
    #expect(report.holds && report.table.contains("skipped  the store takes no units of work"))
  }
}
