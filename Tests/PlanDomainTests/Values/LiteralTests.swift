import PlanDomain
import TestSupport
import Testing

@Suite("Names as literals")
struct LiteralTests {
  @Test("are the names that the throwing initialisers make of the same texts")
  func literals() throws {
    let texts = ["release", "team/release"]
    let names: [ActionName] = ["release", "team/release"]
    #expect(try texts.map { try ActionName($0) } == names)
    let text = "x"
    let (key, owner, actor): (Key, LeaseOwner, ActorName) = ("x", "x", "x")
    #expect(try key == Key(text) && owner == LeaseOwner(text) && actor == ActorName(text))
    let (project, tag): (ProjectName, Action.Tag) = ("x", "x")
    #expect(try project == ProjectName(text) && tag == Action.Tag(text))
    let actors = Actors(strategy: "planner", execution: "doer")
    #expect(actors.apply == "doer")
  }

  @Test("do not take texts that are put together: those still throw")
  func interpolation() {
    let part = "☃"
    #expect(errorCode { try Key("k\(part)") } == "invalidText")
    #expect(errorCode { try ActionName("local/\(part)") } == "invalidActionName")
  }

  @Test("stop the program where they are wrong, and say why")
  func wrong() async {
    let key = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let _: Key = "☃"
    }
    #expect(Self.says("printable ASCII", key))
    let action = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let _: ActionName = "a/b/c"
    }
    #expect(Self.says("more than one '/'", action))
  }

  /// Release builds say nothing when a precondition fails.
  private static func says(_ reason: String, _ result: ExitTest.Result?) -> Bool {
    guard let result else { return false }
    var isDebug = false
    assert({ isDebug = true }() == ())
    return !isDebug
      || String(decoding: result.standardErrorContent, as: UTF8.self).contains(reason)
  }
}
