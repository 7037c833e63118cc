import Explorer
import TestSupport
import TestTraits
import Testing

@Suite("A broken rule", .dedicatedThread)
struct MutantTests {
  /// A few where everything is slow: the explorer uses one thread, and no race can be found in it.
  static let some = Rounds.isShort ? Array(RuleMutant.all.prefix(3)) : RuleMutant.all

  @Test("is found by the explorer, with the shortest path", arguments: some)
  func mutants(_ mutant: RuleMutant) throws {
    let finding = try #require(try mutant.finding(), "\(mutant) was not found")
    print("\(mutant): \(finding.problems[0]) (\(finding.path.count) steps)")
    #expect(!finding.path.isEmpty)
  }

  @Test(
    "by which plans get stuck is found by progress alone too",
    arguments: some.filter(\.isHinderingProgress))
  func progress(_ mutant: RuleMutant) throws {
    let finding = try #require(try mutant.finding(checksRules: false), "\(mutant) was not found")
    print("\(mutant): \(finding.problems[0]) (\(finding.path.count) steps)")
  }

  @Test("is one of at least 25, each with a name of its own")
  func number() {
    let names = RuleMutant.all.map(\.description)
    #expect(names.count >= 25 && Set(names).count == names.count)
  }
}
