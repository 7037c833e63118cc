/// The contract of the storage ports: cases that every adapter must pass.
///
/// `cases` returns the cases that apply to an adapter: for `@Test(arguments:)`, for a loop in
/// XCTest, or for a program. `verify` runs them and returns a report.
public enum StorageContract {
  /// The version of the contract; it increases when cases are added.
  public static let version = 5

  static let definitions: [CaseDefinition] =
    Cases.actions + Cases.plans + Cases.planSaves + Cases.relatives + Cases.queues
    + Cases.due
    + Cases.pages + Cases.actionPages + Cases.events + Cases.feedStates + Cases.volume + Cases.cost
    + Cases.unitsOfWork + Cases.lifetime + Cases.values + Cases.model
    + Cases.histories + Cases.races + Cases.snapshots + Cases.fairness
    + Cases.submissions + Cases.activity + Cases.suspensions + Cases.crashes

  /// The cases that apply to an adapter; each of them can run by itself.
  public static func cases(
    _ harness: StorageHarness, seed: UInt64 = 1, effort: ContractEffort = .standard
  ) -> [ContractCase] {
    allCases(harness, seed: seed, effort: effort).filter { $0.reasonToSkip == nil }
  }

  static func allCases(
    _ harness: StorageHarness, seed: UInt64, effort: ContractEffort
  ) -> [ContractCase] {
    definitions.map { ContractCase($0, harness, seed: seed, effort: effort) }
  }

  /// Runs the cases one after the other on the calling thread, which may block.
  ///
  /// `wanted` selects cases by id. A case that does not apply is reported as skipped. `willRun` is
  /// called before each other case runs, which identifies a case that ends the process. `goesOn` is
  /// called before each case; the run ends early when it returns false.
  public static func verify(
    _ harness: StorageHarness, seed: UInt64 = 1, effort: ContractEffort = .standard,
    only wanted: (String) -> Bool = { _ in true },
    willRun: (ContractCase) -> Void = { _ in }, while goesOn: () -> Bool = { true }
  ) -> ContractReport {
    var (tally, lines) = (ContractTally(), [ContractReport.Line]())
    for item in allCases(harness, seed: seed, effort: effort) where wanted(item.id) {
      guard goesOn() else { break }
      lines.append(line(item, willRun, &tally))
    }
    return ContractReport(adapter: harness.name, seed: seed, lines: lines, tally: tally)
  }

  /// Runs one case.
  private static func line(
    _ item: ContractCase, _ willRun: (ContractCase) -> Void, _ tally: inout ContractTally
  ) -> ContractReport.Line {
    if let reason = item.reasonToSkip {
      return ContractReport.Line(id: item.id, outcome: .skipped(reason), seconds: 0)
    }
    willRun(item)
    let start = ContinuousClock.now
    var outcome = ContractReport.Outcome.passed
    do { tally = tally + (try item.runCounting()) } catch let missing as NotOffered {
      outcome = .skipped(missing.reason)
    } catch {
      outcome = .failed(ContractViolation(item, error))
    }
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return ContractReport.Line(
      id: item.id, outcome: outcome, seconds: Double(seconds) + Double(attoseconds) * 1e-18)
  }
}

/// The definitions of the cases; each topic is an extension.
enum Cases {}

extension ContractViolation {
  fileprivate init(_ item: ContractCase, _ error: any Error) {
    self =
      error as? ContractViolation
      ?? ContractViolation(
        caseID: item.id, obligation: item.obligation, seed: item.seed, step: "running the case",
        expected: "no error", got: "\(error)", history: [])
  }
}
