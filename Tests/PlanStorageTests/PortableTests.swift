import PlanDomain
import PlanStorage
import TestSupport
import Testing

// Protection 6: what a store of texts keeps is what it was given, in every field.
@Suite("The portable form")
struct PortableTests {
  /// The document as a store would write it and read it back.
  private func stored(_ value: JSONValue) throws -> JSONValue {
    try JSONValue(stored: Array(value.serialized().utf8), field: "test")
  }

  @Test("of a plan, an action and an event keeps every field")
  func roundTrip() throws {
    var arbitrary = Arbitrary(SeededGenerator.announced())
    let name = ActionName("kit/x")
    for number in 0..<Rounds.scaled(500) {
      let parent = try Sample.plan(1, of: Sample.action())
      let position =
        number % 2 == 0
        ? nil : try Sample.position(below: parent, index: number, key: "c", dependsOn: ["a", "b"])
      let plan = Plan(
        definition: try arbitrary.definition(
          Plan.ID(arbitrary.id()), of: name, key: number % 3 == 0 ? Key("k") : nil,
          position: position),
        progress: try arbitrary.progress())
      #expect(try Plan(portable: stored(plan.portable)) == plan)
      let action = try arbitrary.action(name)
      #expect(try Action(portable: stored(action.portable)) == action)
      let event = try arbitrary.event(plan.id, number + 1)
      #expect(try PlanEvent(portable: stored(event.portable)) == event)
    }
  }

  @Test("of an action whose pattern is no longer supported is read, and keeps the pattern")
  func oldPattern() throws {
    var arbitrary = Arbitrary(SeededGenerator(seed: 5))
    let action = try arbitrary.action("kit/x")
    let text = action.portable.serialized().replacing("[a-z]*", with: "(?=x).*")
    let read = try Action(portable: JSONValue(parsing: text))
    #expect(read.definition.arguments.definitions.first?.pattern == "(?=x).*")
    #expect(read.portable.serialized() == text)
    #expect(errorCode { try read.definition.arguments.resolve(["x": "x"]) } == "invalidArgument")
  }

  @Test("is refused when a member is missing or holds something else, and says which one")
  func refusals() throws {
    var arbitrary = Arbitrary(SeededGenerator(seed: 3))
    let (action, plan) = (
      try arbitrary.action(ActionName("kit/x")), try Sample.plan(1, of: Sample.action())
    )
    let event = try Sample.event(plan.id, 1)
    // What may be missing, for it may be nothing.
    let optional: Set = ["longDescription", "createdBy", "from", "idempotencyKey", "readyAt"]
    func check(_ value: JSONValue, _ read: (JSONValue) throws -> Void) throws {
      for (index, member) in (value.objectValue ?? [:]).enumerated() {
        for replacement in [nil, .array([.bool(true)])] as [JSONValue?] {
          if replacement == nil, optional.contains(member.key) { continue }
          var members = Array(value.objectValue ?? [:])
          if let replacement {
            members[index].value = replacement
          } else {
            members.remove(at: index)
          }
          let changed = JSONValue.object(try JSONObject(members))
          #expect("\(member.key) in \(changed.serialized())") {
            try read(changed)
          } throws: { error in
            guard let error = error as? StorageError, error.code == .corrupt else { return false }
            return "\(error)".contains("'\(member.key)'") || member.key == "definition"
              || member.key == "progress"
          }
        }
      }
    }
    try check(action.portable) { _ = try Action(portable: $0) }
    try check(event.portable) { _ = try PlanEvent(portable: $0) }
    try check(plan.portable) { _ = try Plan(portable: $0) }
    try check(plan.progress.portable) { _ = try PlanProgress(portable: $0) }
  }
}
