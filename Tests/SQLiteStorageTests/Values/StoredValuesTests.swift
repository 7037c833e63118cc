import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import SQLiteStorage

@Suite("Values that a SQLite store keeps")
struct StoredValuesTests {
  /// A file with one action, whose row a statement has changed since.
  private func store(
    _ directory: ScratchDirectory, changedBy script: String
  ) throws -> SQLiteStore {
    let path = directory.path("plans.db")
    let store = try SQLiteEngineRegistry().open(path)
    let text = try ArgumentDefinition(
      name: "x", type: .string, requirement: .optional(default: "aa"), pattern: "[a-z]*")
    let action = Action(
      creating: try Fixture.action(arguments: [text]), at: Timestamp(microseconds: 1))
    try store.write { try $0.insert(action) }
    try store.close()
    let raw = try SchemaTests.raw(path)
    try raw.runScript(script)
    raw.close()
    return try SQLiteEngineRegistry().open(path)
  }

  // Fails when an action is read back by the rules for new ones.
  @Test("An action whose pattern is no longer supported is read, and a use of it gets an error")
  func oldPattern() throws {
    let directory = try ScratchDirectory()
    let store = try store(
      directory,
      changedBy: "UPDATE action SET arguments = replace(arguments, '[a-z]*', '(?!b).*')")
    let action = try #require(try store.read { try $0.action("local/sample") })
    let arguments = action.definition.arguments
    #expect(arguments.definitions.map(\.pattern) == ["(?!b).*"])
    #expect(try arguments.resolve([:]) == ["x": "aa"])
    let error = #expect(throws: PlanError.self) { try arguments.resolve(["x": "aa"]) }
    #expect(error?.description.contains("a look-ahead at character 1") == true)
    #expect(error?.description.contains("update the action") == true)
    try store.close()
  }

  // Fails when the bits are cut off instead of checked.
  @Test("Bits of automation that were never written are damage", arguments: [8, -1, Int64.max])
  func automation(bits: Int64) throws {
    let directory = try ScratchDirectory()
    let store = try store(directory, changedBy: "UPDATE action SET automation = \(bits)")
    expectCode(.corrupt) { _ = try store.read { try $0.action("local/sample") } }
    try store.close()
  }

  // Fails (the process ends) when the sum of seconds and the rest is not looked at.
  @Test("A time to wait beyond what a clock can count is the longest there is")
  func patience() {
    let edge = Duration.seconds(Int64.max / 1_000_000_000) + .milliseconds(999)
    for duration in [edge, .seconds(Int64.max)] {
      #expect(duration.nanoseconds == Int64.max / 2)
      #expect((.zero - duration).nanoseconds == Int64.min / 2)
    }
    #expect(Duration.milliseconds(-1_500).nanoseconds == -1_500_000_000)
    let latch = Latch<Int>()
    latch.open(with: 7)
    #expect(latch.wait(atMost: .seconds(Int64.max)) == 7)
    #expect(latch.wait(atMost: .seconds(Int64.min)) == 7)
  }
}
