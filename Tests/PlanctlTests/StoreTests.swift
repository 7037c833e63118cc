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
    #expect(await fixture.planctl(["store", "verify", "--store", store]) == 0)
    #expect(fixture.output.hasSuffix("1 plan, no inconsistency\n"), "\(fixture.output)")
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
    #expect(
      await fixture.planctl(["store", "verify", "--store", "sqlite:\(fixture.folder)/plans.db"])
        == 1)
    #expect(
      fixture.output.contains("its version is 2, but its latest event is 0"), "\(fixture.output)")
    #expect(fixture.output.split(separator: "\n").allSatisfy { $0.hasPrefix("plan ") })
    #expect(fixture.error.hasSuffix("1 plan, 2 problems\n"), "\(fixture.error)")
  }

  @Test(
    "creates nothing and says what is missing or wrong",
    arguments: [
      (["--store", "nowhere"], 2, "no scheme"),
      (["--store", "memory:"], 2, "ends with its process"),
      (["--store", "sqlite:/nonexistent/a.db"], 5, "its directory cannot be reached"),
    ] as [([String], Int32, String)])
  func wrong(_ words: [String], _ status: Int32, _ sentence: String) async throws {
    let fixture = try PlanctlFixture()
    #expect(await fixture.planctl(["store", "verify"] + words) == status)
    #expect(fixture.error.contains(sentence) && fixture.error.split(separator: "\n").count == 1)
    #expect(fixture.output.isEmpty)
    let missing = "sqlite:\(fixture.folder)/none.db"
    #expect(await fixture.planctl(["store", "verify", "--store", missing]) == 3)
    #expect(fixture.lines(of: "none.db").isEmpty)
  }

  @Test("describes a store, copies it, empties its log and removes what ended long ago")
  func maintenance() async throws {
    let fixture = try PlanctlFixture()
    let store = "sqlite:\(fixture.folder)/plans.db"
    #expect(try await fixture.run("exit 0", "--store", store) == 0)
    #expect(await fixture.planctl(["store", "info", "--store", store]) == 0)
    #expect(fixture.output.contains("apply/applied  1") || fixture.output.contains("complete  1"))
    let copy = "\(fixture.folder)/copy.db"
    #expect(await fixture.planctl(["store", "backup", copy, "--store", store]) == 0)
    #expect(await fixture.planctl(["store", "backup", copy, "--store", store]) == 4)
    #expect(fixture.error.contains("'\(copy)' exists already, and nothing is overwritten"))
    #expect(await fixture.planctl(["store", "verify", "--store", "sqlite:\(copy)"]) == 0)
    #expect(await fixture.planctl(["store", "checkpoint", "--store", store]) == 0)
    #expect(await fixture.planctl(["store", "purge", "--before", "1d", "--store", store]) == 0)
    #expect(fixture.output.hasSuffix("0 plans removed\n"))
    #expect(await fixture.planctl(["store", "purge", "--before", "x", "--store", store]) == 2)
  }
}
