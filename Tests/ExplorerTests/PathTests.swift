import Explorer
import TestTraits
import Testing

@Suite("A path through a shape", .dedicatedThread)
struct PathTests {
  @Test("may cancel a child of a sequence that has not begun, and go on with the one before")
  func cancellation() throws {
    let steps: [Step] = [
      .claimOldest(1),
      .work("root", .complete),
      .claimOldest(1),
      .work("root", .spawn),
      .operate("root/b", .cancel),
      .claim("root/a"),
      .work("root/a", .failForGood),
      .claim("root"),
      .work("root", .complete),
    ]
    #expect(try Path("two-sequential").problems(of: steps) == [])
  }

  @Test("hands an attempt from a dead worker to the next, whose late outcome is refused")
  func deadWorker() throws {
    let steps: [Step] = [
      .claim("root"),
      .wait,
      .reclaim(1),
      .work("root", .complete, behind: 1),
      .claim("root"),
      .work("root", .complete, behind: 2),
      .work("root", .complete),
    ]
    #expect(try Path("one-plan").problems(of: steps) == [])
  }

  @Test("names the plan or the shape that is not there")
  func unknown() {
    #expect(throws: ExplorerError.self) { try Path("no-such-shape") }
    #expect(throws: Never.self) { try Path("one-plan").problems(of: [.purge]) }
    let problems = try? Path("one-plan").problems(of: [.claim("root/z")])
    #expect(problems?.first?.contains("root/z") == true)
  }
}
