import Foundation
import Testing

@testable import agent

@Suite("The agent at a terminal", .timeLimit(.minutes(30)))
final class TerminalTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func run(_ goal: String, typing input: String...) async throws -> ([String], Int32) {
    let store = folder.appending(path: "plans").path
    return try await AgentProcess([store, goal], typing: input).end()
  }

  @Test("asks until a proposal is approved, and prints what was published")
  func dialogue() async throws {
    let (lines, status) = try await run("red blue", typing: "perhaps", "no too much", "yes")
    #expect(
      lines == [
        "proposal for: red blue", "  1 lookup red", "  2 lookup blue",
        "proposal for: red blue", "  1 lookup red",
        "red has 3 letters",
      ])
    #expect(status == 0)
    let report = try String(
      contentsOf: folder.appending(path: "plans.report"), encoding: .utf8)
    #expect(report == "red has 3 letters")
  }

  @Test("asks again at the next start, for the same task, and not once it is done")
  func restart() async throws {
    for _ in 0..<2 {
      let (lines, status) = try await run("red blue")
      #expect(lines.first == "proposal for: red blue")
      #expect(lines.last == "the proposal waits: the same command asks again")
      #expect(status == 0)
    }
    #expect(try await run("red blue", typing: "2").0.last == "blue has 4 letters")
    #expect(try await run("red blue").0 == ["blue has 4 letters"])
    let (lines, status) = try await run("green")
    #expect(status == 1)
    #expect(lines.count == 1)
  }

  @Test("takes a decision only if it is one")
  func decisions() {
    let proposal = Proposal(steps: [
      Step(tool: "a", input: ""), Step(tool: "b", input: ""), Step(tool: "c", input: ""),
    ])
    #expect(Decision("yes", about: proposal) == .approve(steps: [1, 2, 3]))
    #expect(Decision("3 1", about: proposal) == .approve(steps: [3, 1]))
    #expect(Decision("no  not now", about: proposal) == .refuse(reason: "not now"))
    #expect(Decision("cancel", about: proposal) == .cancel)
    for line in ["", " ", "no", "yes please", "4", "0", "1 x", "maybe", "cancel it"] {
      #expect(Decision(line, about: proposal) == nil, "\(line)")
    }
  }
}
