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

  @Test("is counted once for each sibling that could be in its place, when siblings are folded")
  func folding() throws {
    let shape = try Shape.named("two-folded")
    var (folded, apart) = (try Explorer(shape), try Explorer(shape.unfolded))
    let (few, all) = (try folded.run(), try apart.run())
    #expect(few.isComplete && all.isComplete && few.states < all.states)
    // Told apart, only the two workers that hold a lease are folded; the figures must agree.
    #expect(few.unfolded == all.unfolded)
  }

  @Test("ends at its limit, and says so")
  func limit() throws {
    var explorer = try Explorer(try Shape.named("one-child"), limit: 50)
    let exploration = try explorer.run()
    #expect(!exploration.isComplete && exploration.findings.isEmpty && exploration.states > 50)
  }
}
