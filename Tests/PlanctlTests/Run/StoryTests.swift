import Foundation
import Planwright
import TestSupport
import Testing

@testable import planctl

@Suite("The story of a plan that an operator looks after", .timeLimit(.minutes(30)))
struct StoryTests {
  @Test(
    "used with approvals, its worker is killed, doctor explains, another worker takes over, it is approved, applied and reported"
  )
  func story() async throws {
    let fixture = try PlanctlFixture()
    let path = try fixture.plan(
      """
      echo $PLANWRIGHT_PHASE $PLANWRIGHT_ATTEMPT >>'\(fixture.folder)/log'
      test $PLANWRIGHT_PHASE$PLANWRIGHT_ATTEMPT != strategize1 || exec sleep 86400
      echo "done with $PLANWRIGHT_PHASE" >&2
      echo '{"result": "'$PLANWRIGHT_PHASE'"}'
      """, keys: #", "retry": {"attempts": 3, "baseSeconds": 0, "capSeconds": 0}"#)
    #expect(await fixture.planctl("action", "create", path) == 0)
    #expect(await fixture.planctl("use", "local/test", "--automation", "manual") == 0)
    let id = "\(try #require(try await fixture.plans().first?.id))"

    let first = try fixture.start("worker", "--actors", path)
    try await fixture.wait(for: 1, in: "log")
    kill(first.process.processIdentifier, SIGKILL)
    try await waitUntil("doctor to find the lease of the killed worker") {
      let (status, text) = await fixture.output("doctor")
      return status == 1 && text.contains("planctl evict \(id)")
    }

    let second = try fixture.start("worker", "--actors", path)
    for complete in [PlanStatus.strategizeComplete, .executeComplete] {
      try await waitUntil("\(complete)") { try await fixture.plans().first?.status == complete }
      let (status, text) = await fixture.output("doctor")
      #expect(status == 1 && text.contains("planctl advance \(id)"), "\(text)")
      #expect(await fixture.planctl("advance", id, "--note", "good", "--by", "ops") == 0)
    }
    try await waitUntil("the plan to end") { try await fixture.plans().first?.hasSucceeded == true }
    kill(second.process.processIdentifier, SIGTERM)
    #expect(await second.ending.status == 143)

    #expect(fixture.lines(of: "log") == ["strategize 1", "strategize 2", "execute 1", "apply 1"])
    #expect(await fixture.output("doctor").status == 0)
    #expect(await fixture.output("result", id).text == "\"apply\"\n")
    let page = fixture.folder + "/report.html"
    #expect(await fixture.planctl("report", id, "--html", page) == 0)
    let html = try String(contentsOfFile: page, encoding: .utf8)
    for text in [id, "leaseExpired", "by ops", "good"] { #expect(html.contains(text), "\(text)") }
  }
}
