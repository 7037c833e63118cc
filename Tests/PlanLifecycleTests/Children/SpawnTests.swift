import PlanDomain
import TestSupport
import Testing

@Suite("A spawn")
struct SpawnTests {
  @Test("is refused when its children contradict each other")
  func contradictions() throws {
    let action = ActionName("a/b")
    func child(_ key: String, _ on: String...) throws -> ChildSpec {
      ChildSpec(key: try Key(key), action: action, dependsOn: try on.map { try Key($0) })
    }
    let ordered = try ChildSchedule(mode: .dependencyOrdered)
    #expect(throws: PlanError.noChildren) { try Spawn([]) }
    #expect(throws: PlanError.tooManyChildren(count: 10_001, limit: 10_000)) {
      try Spawn(Array(repeating: ChildSpec(action: action), count: 10_001))
    }
    #expect(throws: PlanError.duplicateSiblingKey(Key("a"))) {
      try Spawn([try child("a"), try child("a")])
    }
    #expect(throws: PlanError.duplicateSiblingKey(Key("2"))) {
      try Spawn([try child("2"), ChildSpec(action: action)])
    }
    #expect(throws: PlanError.unknownSiblingKey(Key("b"), in: Key("a"))) {
      try Spawn([try child("a", "b")], schedule: ordered)
    }
    #expect(throws: PlanError.duplicateSiblingKey(Key("b"))) {
      try Spawn([try child("a", "b", "b"), try child("b")], schedule: ordered)
    }
    #expect(throws: PlanError.dependencyCycle([Key("a"), Key("b")])) {
      try Spawn([try child("a", "b"), try child("b", "a"), try child("c")], schedule: ordered)
    }
    #expect(throws: PlanError.dependencyCycle([Key("a")])) {
      try Spawn([try child("a", "a")], schedule: ordered)
    }
    #expect(errorCode { try Spawn([try child("a", "b"), try child("b")]) } == "outOfRange")
    #expect(errorCode { try ChildSchedule(mode: .parallel, maxParallel: 0) } == "outOfRange")
    #expect(errorCode { try ChildSchedule(mode: .parallel, maxParallel: 33) } == "outOfRange")
    #expect(try ChildSchedule(mode: .sequential, maxParallel: 9).maxParallel == 1)
  }
}
