import Planwright
import TestTraits
import Testing

@testable import planctl

@Suite("A progress line on a terminal", .dedicatedThread, .timeLimit(.minutes(30)))
struct ProgressLineTests {
  @Test("is overwritten, cut to the width, and removed at the end", arguments: [10, 40])
  func progress(columns: Int) async throws {
    let store = try await OpenStore()
    _ = try store.use()
    let terminal = try store.terminal("store", "verify", columns: columns)
    #expect(try await terminal.ending() == 0)
    #expect(terminal.output.contains(columns < 20 ? "1 plan c…" : "1 plan checked"))
    let screen = terminal.screen
    #expect(!screen.contains("1 plan c") && screen.unknown.isEmpty && screen.overflows == 0)
    #expect(screen.isCursorVisible && screen.all.joined().contains("no inconsistency"))
  }

  @Test(
    "is not there where the user does not want it",
    arguments: [["TERM": "dumb"], ["NO_COLOR": "1"]])
  func plain(environment: [String: String]) async throws {
    let store = try await OpenStore()
    _ = try store.use()
    let terminal = try store.terminal("store", "verify", environment: environment)
    #expect(try await terminal.ending() == 0)
    #expect(!terminal.output.contains("\u{1B}") && !terminal.output.contains("checked"))
  }
}
