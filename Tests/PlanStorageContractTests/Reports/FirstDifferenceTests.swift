import Foundation
import PlanStorage
import PlanStorageContract
import TestSupport
import Testing

@Suite("The description of a violation")
struct FirstDifferenceTests {
  private func sequence(_ mutant: Mutant, _ id: String) throws -> ContractViolation {
    let contractCase = try #require(
      StorageContract.cases(mutant.harness, seed: Adapters.seed).first { $0.id == id })
    return try #require(outcome { try contractCase.run() }.failure as? ContractViolation)
  }

  // Fails when both answers are printed whole: one of them alone has more than 30 KB here.
  @Test(
    "takes a few lines, however long the answers are, and begins where they differ",
    arguments: [
      (Mutant.losesTwelfthOfUnit, "event.feed.large-units"), (.cutsChildren, "children.many"),
      (.cutsDueLists, "queue.many"), (.losesLateEvents, "model.long-sequence"),
      (.pagesAreNewer, "concurrent.one-snapshot"),
    ])
  func short(_ mutant: Mutant, _ id: String) throws {
    let violation = try sequence(mutant, id)
    #expect(violation.expected.utf8.count < 1_000 && violation.got.utf8.count < 1_000)
    #expect(violation.expected != violation.got, "\(violation)")
  }

  @Test("names the byte where long answers differ, and cuts no character")
  func position() throws {
    let violation = try sequence(.losesTwelfthOfUnit, "event.feed.large-units")
    // Twenty events fit; the twelfth of the unit of thirteen is the first that is missing.
    #expect(violation.step == "the feed after a unit of 13 events")
    #expect(violation.expected.contains("bytes, the same in both] …"), "\(violation)")
    for mutant in [Mutant.cutsChildren, .losesLateEvents] {
      let id = mutant == .cutsChildren ? "children.many" : "model.long-sequence"
      #expect(!(try sequence(mutant, id).description.contains("\u{FFFD}")))
    }
  }
}
