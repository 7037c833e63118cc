import Foundation
import Planwright
import Testing

@testable import planctl

@Suite("The standard error of programs", .timeLimit(.minutes(30)))
struct KeptErrorTests {
  @Test("is kept with the attempt and shown by status, escaped")
  func shown() async throws {
    let fixture = try PlanctlFixture()
    let script = #"""
      printf '%s %s\033[2J\n' "$PLANWRIGHT_PHASE" "$PLANWRIGHT_ATTEMPT" >&2; exit 75
      """#
    let path = try fixture.plan(
      script, keys: #", "retry": {"attempts": 3, "baseSeconds": 0, "capSeconds": 0}"#)
    #expect(await fixture.planctl("run", path) == 1)
    let id = try #require(try await fixture.plans().first?.id.description)
    let status = await fixture.output("status", id)
    for attempt in 1...3 {
      #expect(
        status.text.contains(
          "standard error of strategize, attempt \(attempt) (lease \(attempt)):\n"
            + "  strategize \(attempt)\\u{1B}[2J\n"),
        "\(status.text)")
    }
    let document = try JSONValue(parsing: await fixture.output("status", id, "--json").text)
    let kept = try #require(document["data"]?["standardError"]?.arrayValue)
    #expect(kept.count == 3 && kept[2]["text"] == "strategize 3\u{1B}[2J\n")
    #expect(kept[2]["attempt"] == 3 && kept[2]["phase"] == "strategize")
    // It is removed with the plan.
    #expect(try fixture.workFolders.count == 1)
    #expect(await fixture.planctl("cancel", id, "--reason", "enough") == 0)
    #expect(await fixture.planctl("store", "purge", "--before", "2999-01-01T00:00:00Z") == 0)
    #expect(try fixture.workFolders.isEmpty)
  }

  @Test("is kept of a plan's latest attempts only, 16 KiB of each")
  func bounded() throws {
    let scratch = try ScratchFolder()
    let folders = WorkFolders(base: scratch.path)
    let root = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    for epoch in 1...12 {
      let bytes = [UInt8](repeating: UInt8(epoch), count: epoch == 12 ? 0 : 5)
      try folders.keep(
        KeptError(epoch: epoch, phase: "apply", attempt: 1, bytes: bytes), of: root, root: root)
    }
    let kept = folders.errors(of: root, root: root)
    #expect(kept.map(\.epoch) == [7, 8, 9, 10, 11])
    #expect(kept.allSatisfy { $0.bytes == [UInt8](repeating: UInt8($0.epoch), count: 5) })
    // The scratch folder goes with the end of the plan, and this stays until the tree is purged.
    _ = try folders.scratch(root: root)
    #expect(folders.finish(root: root) == nil)
    #expect(folders.errors(of: root, root: root).count == 5)
    #expect(folders.remove(root: root) == nil && folders.roots.isEmpty)
  }
}
