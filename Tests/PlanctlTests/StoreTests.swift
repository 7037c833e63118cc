import PlanStorage
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("planctl store verify")
struct StoreTests {
  @Test("finds nothing in a store that a run has left, and says how much it saw")
  func sound() async throws {
    let fixture = try PlanctlFixture()
    let store = "sqlite:\(fixture.folder)/plans.db"
    #expect(try await fixture.run("exit 0", "--store", store) == 0)
    #expect(await fixture.planctl(["store", "verify", store]) == 0)
    #expect(fixture.output.hasSuffix("1 plan, everything fits together\n"), "\(fixture.output)")
  }

  @Test("says what does not fit together, line by line")
  func unsound() async throws {
    let fixture = try PlanctlFixture()
    let backend = StorageBackend.sqlite(at: "\(fixture.folder)/plans.db")
    let engine = try backend.open()
    let action = try Sample.action()
    try engine.write { transaction in
      try transaction.insert(action)
      try transaction.insert(Sample.plan(1, of: action, version: 2))
    }
    try engine.close()
    #expect(await fixture.planctl(["store", "verify", "sqlite:\(fixture.folder)/plans.db"]) == 1)
    #expect(
      fixture.output.contains("its version is 2, but its latest event is 0"), "\(fixture.output)")
    #expect(fixture.output.split(separator: "\n").allSatisfy { $0.hasPrefix("plan ") })
    #expect(fixture.error.hasSuffix("1 plan, 2 problems\n"), "\(fixture.error)")
  }

  @Test(
    "makes nothing and says what is missing or wrong",
    arguments: [
      ([], 2, "what to do is missing"), (["check"], 2, "no command 'check'"),
      (["verify"], 2, "location is missing"), (["verify", "sqlite:a", "b"], 2, "not also 'b'"),
      (["verify", "nowhere"], 2, "no scheme"), (["verify", "memory:"], 2, "ends with its process"),
      (["verify", "sqlite:/nonexistent/a.db"], 1, "could not be opened"),
    ] as [([String], Int32, String)])
  func wrong(_ words: [String], _ status: Int32, _ sentence: String) async throws {
    let fixture = try PlanctlFixture()
    #expect(await fixture.planctl(["store"] + words) == status)
    #expect(fixture.error.contains(sentence) && fixture.error.split(separator: "\n").count == 1)
    #expect(fixture.output.isEmpty)
    let missing = "sqlite:\(fixture.folder)/none.db"
    #expect(await fixture.planctl(["store", "verify", missing]) == 1)
    #expect(fixture.error.contains("there is no such file"), "\(fixture.error)")
    #expect(fixture.lines(of: "none.db").isEmpty)
  }
}
