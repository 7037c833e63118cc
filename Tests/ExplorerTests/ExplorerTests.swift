import Explorer
import TestTraits
import Testing

@Suite("Every interleaving of commands", .dedicatedThread)
struct ExplorerTests {
  @Test(
    "keeps the rules in every state of a small shape, and can end from each of them",
    arguments: ["one-plan-read-only", "one-plan-not-before"])
  func shapes(_ name: String) throws {
    let exploration = try Exploration.of(name)
    #expect(exploration.isComplete)
    for finding in exploration.findings { Issue.record("\(finding)") }
    #expect(exploration.states > 100 && exploration.unfolded > exploration.states)
  }
}
