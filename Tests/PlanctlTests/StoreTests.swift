import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("planctl store verify")
struct StoreTests {
  @Test("finds nothing in a store that a run has left, and says how much it saw")
  func sound() async throws {
    let desk = try Desk()
    let store = "sqlite:\(desk.folder)/plans.db"
    #expect(try await desk.run("exit 0", "--store", store) == 0)
    #expect(await desk.planctl(["store", "verify", store]) == 0)
    #expect(desk.output.hasSuffix("1 plan, everything fits together\n"), "\(desk.output)")
  }

  @Test("says what does not fit together, line by line")
  func unsound() async throws {
    let desk = try Desk()
    let backend = StorageBackend.sqlite(at: "\(desk.folder)/plans.db")
    let engine = try backend.open()
    let action = try Sample.action()
    try engine.write { work in
      try work.insert(action)
      try work.insert(Sample.plan(1, of: action, version: 2))
    }
    try engine.close()
    #expect(await desk.planctl(["store", "verify", "sqlite:\(desk.folder)/plans.db"]) == 1)
    #expect(desk.output.contains("its version is 2, but its latest event is 0"), "\(desk.output)")
    #expect(desk.output.split(separator: "\n").allSatisfy { $0.hasPrefix("plan ") })
    #expect(desk.error.hasSuffix("1 plan, 2 problems\n"), "\(desk.error)")
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
    let desk = try Desk()
    #expect(await desk.planctl(["store"] + words) == status)
    #expect(desk.error.contains(sentence) && desk.error.split(separator: "\n").count == 1)
    #expect(desk.output.isEmpty)
    let missing = "sqlite:\(desk.folder)/none.db"
    #expect(await desk.planctl(["store", "verify", missing]) == 1)
    #expect(desk.error.contains("there is no such file"), "\(desk.error)")
    #expect(desk.lines(of: "none.db").isEmpty)
  }
}
