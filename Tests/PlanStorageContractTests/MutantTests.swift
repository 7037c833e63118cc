import PlanStorage
import PlanStorageContract
import TestSupport
import TestTraits
import Testing

// The proof that the contract can fail: an adapter that gets one thing wrong breaks a named case.
@Suite("The contract of stores finds out", .dedicatedThread)
struct MutantTests {
  @Test("an adapter that", arguments: Mutant.allCases)
  func mutant(_ mutant: Mutant) throws {
    let cases = StorageContract.cases(mutant.harness, seed: Adapters.seed)
    for id in mutant.cases {
      let promise = try #require(cases.first { $0.id == id }, "there is no case \(id)")
      // What a race would show may take a few rounds to be seen.
      var violation: ContractViolation?
      for _ in 0..<(promise.layer == .concurrent ? 20 : 1) where violation == nil {
        violation = outcome { try promise.run() }.failure as? ContractViolation
      }
      #expect(violation?.caseID == id, "\(mutant) got through \(id)")
    }
  }

  @Test(
    "a store that loses what it acknowledged, or keeps half",
    arguments: ["hasty", "piecemeal", "fourth"])
  func careless(_ word: String) throws {
    let harness = StorageHarness(
      name: word, traits: Adapters.sqlite.traits,
      crashSubject: CrashSubjectProgram(executable: TestProcess.path, arguments: [word]),
      fresh: Adapters.sqlite.fresh)
    let report = StorageContract.verify(harness, only: { $0.hasPrefix("crash.") })
    #expect(report.violations.map(\.caseID).contains("crash.commit-boundaries"))
    // Readable: neither store is printed whole.
    #expect(report.violations.allSatisfy { $0.description.utf8.count < 8_000 })
  }

  @Test("in a short sequence what a long one showed, and the same again with the same seed")
  func shrinking() throws {
    let cases = StorageContract.cases(Mutant.forgetsField.harness, seed: 7)
    let promise = try #require(cases.first { $0.id == "model.sequences" })
    let first = try #require(outcome { try promise.run() }.failure as? ContractViolation)
    #expect(first.history.count <= 3, "\(first)")
    #expect(first == outcome { try promise.run() }.failure as? ContractViolation)
    #expect(first.description.contains("seed 7"))
  }

  @Test("nothing wrong with the store that the flaws are made of")
  func control() throws {
    let report = StorageContract.verify(Adapters.memory, seed: Adapters.seed)
    #expect(report.holds, "\(report.table)")
  }
}
