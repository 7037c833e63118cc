import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("What planctl offers for plans that do not get on", .timeLimit(.minutes(30)))
struct RecoveryTests {
  @Test("names no revert where all are used up, neither after the run nor when asked again")
  func constrained() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(
      #"[ $PLANWRIGHT_PHASE != apply ] || echo '{"constrained": "no room"}'"#,
      keys: #", "automation": "auto""#)
    for _ in 0..<2 {
      let (status, text) = await fixture.output("run", path)
      let id = try #require(try await fixture.plans().first?.id)
      #expect(status == 1 && text.contains("apply/constrained"), "\(text)")
      #expect(text.contains("it was reverted 3 times, the maximum; planctl retry \(id) when"))
      #expect(!text.contains("planctl revert"))
    }
    #expect(try await fixture.plans().count == 1)
  }

  @Test("says that no plan has an actor of --accept, and nothing of one that a plan has")
  func accept() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan("exit 0")
    #expect(await fixture.planctl("action", "create", path) == 0)
    #expect(await fixture.planctl("use", "local/test") == 0)
    let actor = try #require(try await fixture.plans().first?.actor)
    _ = try fixture.plan("exit 0 # changed")
    let (status, text) = await fixture.output(
      "worker", "--actors", path, "--until-idle", "--accept", "\(actor)=a", "--accept",
      "b@0123456789abcdef=a")
    #expect(status == 0)
    #expect(text.contains("note: no plan that goes on has the actor 'b@0123456789abcdef'"))
    #expect(!text.contains("has the actor '\(actor)'"), "\(text)")
    #expect(try await fixture.plans().map(\.status) == [.applyApplied])
  }
}
