import PlanStorage
import PlanStorageContract
import TestSupport
import TestTraits
import Testing

// The proof that the contract can fail: an adapter that gets one thing wrong breaks a named case.
@Suite("The contract and its mutants", .dedicatedThread)
struct MutantTests {
  @Test("fails a mutant in every case that is meant for it", arguments: Mutant.allCases)
  func mutant(_ mutant: Mutant) throws {
    let cases = StorageContract.cases(
      mutant.harness, seed: Adapters.seed, effort: mutant.effort)
    for id in mutant.cases {
      let contractCase = try #require(cases.first { $0.id == id }, "there is no case \(id)")
      // Where other processes keep the cores, it may take many rounds until a race shows.
      var violation: ContractViolation?
      for _ in 0..<(contractCase.layer == .concurrent ? 400 : 1) where violation == nil {
        violation = outcome { try contractCase.run() }.failure as? ContractViolation
      }
      #expect(violation?.caseID == id, "\(mutant) got through \(id)")
    }
  }

  /// An engine of the test program that breaks what a store is to keep when its process is killed.
  enum CrashMutant: String, CaseIterable {
    case acknowledgesEarly, keepsEveryFourth, commitsEachWrite

    /// The cases that must fail.
    var cases: [String] {
      switch self {
      case .acknowledgesEarly: ["crash.commit-boundaries", "crash.random-times"]
      case .keepsEveryFourth, .commitsEachWrite: ["crash.commit-boundaries"]
      }
    }
  }

  @Test(
    "fails a store that loses acknowledged work when its process is killed",
    arguments: CrashMutant.allCases)
  func crash(_ mutant: CrashMutant) throws {
    let harness = StorageHarness(
      name: mutant.rawValue, traits: Adapters.sqlite.traits,
      crashSubject: CrashSubjectProgram(
        executable: TestProcess.path, arguments: [mutant.rawValue]),
      fresh: Adapters.sqlite.fresh)
    for id in mutant.cases {
      var violation: ContractViolation?
      // A kill at a random time must fall between the acknowledgement and the commit.
      for round in 0..<(id == "crash.random-times" ? 100 : 1) where violation == nil {
        violation =
          StorageContract.verify(harness, seed: Adapters.seed + UInt64(round), only: { $0 == id })
          .violations.first
      }
      #expect(violation?.caseID == id, "\(mutant) got through \(id)")
      // Readable: neither store is printed whole.
      #expect((violation?.description.utf8.count ?? 0) < 8_000)
    }
  }

  // A case that nothing fails says nothing. The tests above show that each of these is failed.
  @Test("has a mutant for each of its cases")
  func complete() {
    let cases = Set(StorageContract.cases(Adapters.sqlite).map(\.id))
    let failed = Set(
      Mutant.allCases.flatMap(\.cases) + MutantSubmitter.Mutant.allCases.map(\.caseID)
        + MutantSuspender.Mutant.allCases.map(\.caseID)
        + MutantReporter.Mutant.allCases.map(\.caseID)
        + CrashMutant.allCases.flatMap(\.cases))
    #expect(cases.subtracting(failed).sorted() == [], "cases that no mutant fails")
    #expect(failed.subtracting(cases).sorted() == [], "mutants for cases that do not exist")
  }

  @Test("shrinks a failing sequence, to the same one for the same seed")
  func shrinking() throws {
    let cases = StorageContract.cases(Mutant.forgetsField.harness, seed: 7)
    let contractCase = try #require(cases.first { $0.id == "model.sequences" })
    let first = try #require(outcome { try contractCase.run() }.failure as? ContractViolation)
    #expect(first.history.count <= 3, "\(first)")
    #expect(first == outcome { try contractCase.run() }.failure as? ContractViolation)
    #expect(first.description.contains("seed 7"))
  }

  @Test("holds for the store that the mutants change")
  func control() throws {
    let report = StorageContract.verify(Adapters.memory, seed: Adapters.seed)
    #expect(report.holds, "\(report.table)")
  }
}
