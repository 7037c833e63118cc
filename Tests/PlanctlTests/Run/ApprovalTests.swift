import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("A run of planctl that needs an approval", .timeLimit(.minutes(30)))
struct ApprovalTests {
  @Test("ends with its own status, keeps the plan, and is continued after the approval")
  func root() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(
      "echo $PLANWRIGHT_PHASE >>'\(fixture.folder)/log'", keys: #", "automation": "manual""#)
    for phase in ["strategize", "execute"] {
      let (status, text) = await fixture.output("run", path)
      let id = try #require(try await fixture.plans().first?.id)
      #expect(status == 6)
      #expect(text.contains("\(phase)/complete, where its automation stops"), "\(text)")
      #expect(text.contains("planctl advance \(id)"))
      // Asked again, it says the same and does nothing.
      #expect(await fixture.output("run", path).status == 6)
      #expect(await fixture.planctl("advance", "\(id)") == 0)
    }
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.lines(of: "log") == ["strategize", "execute", "apply"])
  }

  @Test("of a child says which child, and how it goes on; a child that runs is waited for")
  func child() async throws {
    let fixture = try PlanctlFixture()
    let script = """
      case $PLANWRIGHT_PHASE$PLANWRIGHT_ARG_KEY$PLANWRIGHT_CHILDREN_TOTAL in
        executeroot0) echo '{"children": [
          {"key": "careful", "action": "test", "arguments": {"key": "c"}, "automation": "manual"},
          {"key": "quick", "action": "test", "arguments": {"key": "q"}}]}' ;;
        executeroot*) echo '{"result": "'$PLANWRIGHT_CHILDREN_SUCCEEDED'"}' ;;
      esac
      echo $PLANWRIGHT_PHASE$PLANWRIGHT_ARG_KEY >>'\(fixture.folder)/log'
      """
    let path = try fixture.plan(script, keys: #", "readOnly": true"#)
    let (status, text) = await fixture.output("run", path)
    #expect(status == 6, "\(text)")
    let child = try #require(
      try await fixture.plans().first { $0.definition.position?.key == "careful" }?.id)
    #expect(text.contains("careful is at strategize/complete"), "\(text)")
    #expect(text.contains("planctl advance \(child)"))
    #expect(fixture.lines(of: "log").contains("executeq"))
    #expect(await fixture.planctl("advance", "\(child)") == 0)
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.output.hasSuffix("\"2\"\n"))
  }
}
