import Planwright
import Testing

@testable import planctl

@Suite("What planctl says about errors of the library")
struct OperatorTextTests {
  /// Words for the programmers of hosts, and wordings that name nothing an operator can do.
  private static let foreign = [
    "unit of work", "session", "snapshot", "read it again", "choose an allowed command",
    "close it, put the file back", "check the device", "the identity", "supported, or",
    "check system",
  ]

  @Test(
    "of the store names what failed, where, why and what to do, without units of work",
    arguments: StorageError.Code.allCases)
  func storage(code: StorageError.Code) {
    let error = StorageError(code, operation: "saving", subject: "plan X", reason: "why")
    let text = OperatorText.of(error)
    #expect(text.hasPrefix("saving plan X failed: ") && text.contains(" (why); "), "\(text)")
    #expect(!Self.foreign.contains { text.contains($0) }, "\(text)")
    let waiting = StorageError(code, operation: "waiting for", subject: "a unit of work")
    #expect(!OperatorText.of(waiting).contains("unit of work"))
  }

  @Test("keeps the advice that was made for the case")
  func advice() {
    let error = StorageError(
      .invalidLocation, operation: "reading", subject: "X", advice: "write sqlite:X")
    #expect(OperatorText.of(error).hasSuffix("; write sqlite:X"))
  }

  @Test("of an archive speaks of archives")
  func archives() {
    let error = StorageError(
      .notAStore, operation: "reading", subject: "line 1 of archive x.jsonl",
      reason: "it is empty, so it is not an archive")
    #expect(
      OperatorText.of(error)
        == "reading line 1 of archive x.jsonl failed: it is not an archive of plans (it is empty); "
        + "name a file that 'planctl store export' has written")
  }

  @Test("of the lifecycle names the next command")
  func lifecycle() async throws {
    let store = try await StoreOfPlans()
    let file = "\(store.fixture.folder)/actions.json"
    let id = try await store.use()
    for (words, sentence) in [
      (["action", "create", file], "'planctl action register' updates it"),
      (["action", "show", "other"], "'planctl action list' shows those that there are"),
      (["advance", id], "it allows cancel, expedite"),
    ] {
      let text = PlanctlOutput()
      _ = await PlanctlCommand.run(words + ["--store", store.location], text.console)
      #expect(text.all.contains(sentence), "\(text.all)")
      #expect(!Self.foreign.contains { text.all.contains($0) }, "\(text.all)")
    }
  }
}
