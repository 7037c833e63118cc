import Planwright
import Testing

@testable import planctl

@Suite("A store whose creation was cut short")
struct UnfinishedStoreTests {
  @Test("is called that by commands that look, which name the command that finishes it")
  func fullDisk() async throws {
    let fixture = try PlanctlFixture()
    let store = "sqlite:\(fixture.folder)/plans.db"
    let file = try fixture.plan("true")
    // A limit on the size of files, above the index of a log and below the size of a new store. The
    // thread sanitizer would map a temporary file that is larger; without a folder, it does not.
    let ended = try await ToolProcess.run(
      "/bin/sh",
      [
        "-c", "ulimit -f 100; trap '' XFSZ; exec \"$0\" action create '\(file)' --store '\(store)'",
        try ToolProcess.path,
      ], fixture.environment.merging(["TEST_TMPDIR": "/dev/null"]) { $1 })
    #expect(ended.status == 5, "\(ended)")
    for command in [["list"], ["doctor"], ["store", "verify"], ["watch"]] {
      let looked = await fixture.planctl(command + ["--store", store])
      #expect(looked == 4, "\(command)")
    }
    let lines = fixture.error.split(separator: "\n")
    #expect(lines.count == 4 && lines.allSatisfy { $0.contains("did not finish") }, "\(lines)")
    #expect(lines[0].hasSuffix("finish it with 'planctl store checkpoint --store \(store)'"))
    #expect(await fixture.planctl("store", "checkpoint", "--store", store) == 0)
    #expect(await fixture.planctl("doctor", "--store", store) == 0)
  }
}
