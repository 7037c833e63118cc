import Foundation
import Planwright
import TestSupport
import TestTraits
import Testing

@testable import planctl

/// Each test looks at the built tool on a pseudo-terminal; the third of four children waits for a
/// file of the test.
@Suite("planctl run on a terminal", .dedicatedThread, .timeLimit(.minutes(30)))
struct RunTerminalTests {
  private let fixture: PlanctlFixture
  private let path: String

  init() throws {
    fixture = try PlanctlFixture()
    path = try ContinueTests.plan(fixture)
  }

  /// Starts the run and waits until two of its children are done and the third one runs.
  private func start(columns: Int, belowShell: Bool = false) async throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(
      ["run", path], columns: columns, environment: fixture.terminalEnvironment,
      belowShell: belowShell)
    try await terminal.wait(for: "the status line") { $0.contains(Self.progress) }
    try await fixture.wait(for: 4, in: "log")
    return terminal
  }

  private static let progress = "execute: 2 of 4 children done"

  /// Lets the third child end.
  private func goOn() throws { _ = try fixture.file("go", "") }

  @Test("has a status line that is cut to the width, and leaves none", arguments: [40, 80, 200])
  func statusLine(columns: Int) async throws {
    let terminal = try await start(columns: columns)
    let live = terminal.screen
    #expect(live.overflows == 0 && live.scrollback.isEmpty, "\(live.all)")
    #expect(columns < 80 || live.contains("1 running, 1 waiting"))
    try goOn()
    #expect(try await terminal.ending() == 0)
    let last = terminal.screen
    #expect(last.contains("\"4 of 4\"") && !last.contains("children done"), "\(last.all)")
    #expect(last.isCursorVisible && last.isWrapping && last.unknown.isEmpty, "\(last.unknown)")
  }

  @Test("draws the status line again when the size changes")
  func resizing() async throws {
    let terminal = try await start(columns: 200)
    for columns in [40, 120, 25, 80] {
      terminal.resize(columns: columns, rows: 24)
      try await terminal.wait(for: "one status line in \(columns) columns") { screen in
        screen.lines.count { $0.contains("execute: 2 of 4") } == 1
          && screen.contains("1 running") == (columns >= 80)
      }
    }
    try goOn()
    #expect(try await terminal.ending() == 0)
    #expect(!terminal.screen.contains("children done"), "\(terminal.screen.all)")
  }

  @Test("says at Ctrl-C what it waits for, ends with 130, and is continued")
  func interrupted() async throws {
    let terminal = try await start(columns: 200)
    terminal.send(PseudoTerminal.controlC)
    #expect(try await terminal.ending() == 130)
    let last = terminal.screen
    #expect(last.contains("interrupted: waiting for the programs of '3' to end"), "\(last.all)")
    #expect(last.contains("Run the same command to continue it."), "\(last.all)")
    try goOn()
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "c", "d", "root"])
  }

  @Test("ends its programs at the second Ctrl-C, and is continued")
  func interruptedTwice() async throws {
    let terminal = try await start(columns: 40)
    for _ in 0..<2 { terminal.send(PseudoTerminal.controlC) }
    #expect(try await terminal.ending() == 130)
    try goOn()
    // It waits until the reaper has ended the program of the first run.
    #expect(await fixture.planctl("run", path) == 0, "\(fixture.error)")
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "c", "d", "root"])
  }

  @Test(
    "can be interrupted while it waits for the work folder, before its own programs",
    arguments: [SIGINT, SIGQUIT, SIGHUP])
  func interruptedBefore(signal: Int32) async throws {
    let first = try await start(columns: 200)
    let second = try PseudoTerminal(
      ["run", path], columns: 200, environment: fixture.terminalEnvironment)
    try await second.wait(for: "the wait") {
      $0.contains("waiting for the programs of an earlier run")
    }
    second.signal(signal)
    #expect(try await second.ending() == 128 + signal)
    #expect(
      second.screen.contains("interrupted before a program was started"), "\(second.screen.all)")
    try goOn()
    #expect(try await first.ending() == 0)
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "d", "root"])
  }

  // The shell that stops and continues the tool is bash.
  @Test(
    "is stopped by Ctrl-Z, and goes on where it was",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash")))
  func stopped() async throws {
    let terminal = try await start(columns: 80, belowShell: true)
    terminal.send(PseudoTerminal.controlZ)
    let stopped = try await terminal.wait(for: "the shell") { $0.lines.last == "stopped" }
    #expect(stopped.isCursorVisible && !stopped.contains("children done"), "\(stopped.lines)")
    terminal.send("\n")
    try await terminal.wait(for: "the status line again") { $0.contains(Self.progress) }
    try goOn()
    try await terminal.wait(for: "the exit status") { $0.contains("exit status 0") }
    _ = try await terminal.ending()
    #expect(fixture.lines(of: "log") == ["root", "a", "b", "c", "d", "root"])
  }
}
