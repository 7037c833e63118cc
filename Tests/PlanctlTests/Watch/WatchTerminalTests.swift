import Foundation
import Planwright
import TestSupport
import TestTraits
import Testing

@testable import planctl

/// Each test looks at the built tool on a pseudo-terminal.
@Suite("planctl watch on a terminal", .dedicatedThread, .timeLimit(.minutes(30)))
struct WatchTerminalTests {
  /// What holds for every screen: no line of the tree too long, nothing left behind, nothing not understood.
  private func expectClean(_ screen: TerminalScreen, _ terminal: PseudoTerminal) {
    #expect(screen.overflows == 0 && screen.unknown.isEmpty, "\(screen.all) \(screen.unknown)")
    #expect(screen.isCursorVisible && screen.isWrapping && !screen.isAlternate)
    let headlines = screen.all.filter { $0.contains("plans:") || $0.contains("plan:") }
    #expect(headlines.count == 1, "\(screen.all)")
  }

  @Test("shows every step of a tree in its place until it has ended", arguments: [40, 80, 200])
  func steps(columns: Int) async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let terminal = try store.terminal("watch", "\(id)", columns: columns)
    try await terminal.wait(for: "a plan that is queued") { $0.contains("queued") }
    let children = try store.spawn(id, ["first", "second", "a-third-one-with-a-long-name"])
    try await terminal.wait(for: "three children") { $0.contains("└─ a-third") }
    try store.claim(children[0])
    try await terminal.wait(for: "a child that runs") { screen in
      screen.lines.contains { $0.contains("first") && $0.contains("processing") }
    }
    try store.fail(children[1], "no disk")
    try await terminal.wait(for: "a child that failed") { $0.contains("errored") }
    let live = terminal.screen
    #expect(!live.isCursorVisible && live.scrollback.isEmpty && live.overflows + live.wraps == 0)
    #expect(columns < 200 || live.contains("0 of 3 children done, 1 failed, 1 running"))
    #expect(columns < 80 || live.contains("broken: no disk"))
    #expect(columns < 200 || live.contains("attempt 1 of 1, tester for"))
    try store.system.plans.writeBlocking { try $0.cancel(id, reason: "enough") }
    #expect(try await terminal.ending() == 1)
    let last = terminal.screen
    expectClean(last, terminal)
    #expect(last.contains("cancelled"))
  }

  @Test("ends with 0, 1 or 6 as the plan has succeeded, has failed or waits for approval")
  func endings() async throws {
    let store = try await OpenStore()
    let plans = [try store.use(), try store.use(), try store.use(.review)]
    let terminals = try plans.map { try store.terminal("watch", "\($0)") }
    for terminal in terminals { try await terminal.wait(for: "the plan") { $0.contains("queued") } }
    try store.complete(plans[0], phases: 3)
    try store.complete(plans[1])
    try store.fail(plans[1], "no disk")
    try store.complete(plans[2], phases: 2)
    #expect(try await terminals[0].ending() == 0)
    #expect(try await terminals[1].ending() == 1)
    #expect(try await terminals[2].ending() == 6)
    #expect(terminals[2].screen.contains("planctl advance"))
    for terminal in terminals { expectClean(terminal.screen, terminal) }
  }

  @Test("ends with 6 when only a child waits for approval, and names the command")
  func approvalOfChild() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    try store.complete(id)
    try store.claim(id) { transaction, token in
      let child = ChildSpec(key: "careful", action: "local/test", automation: .manual)
      try transaction.spawn(token, Spawn([child], schedule: .standard))
    }
    let child = try store.system.plans.readBlocking { try $0.children(of: id)[0].id }
    let terminal = try store.terminal("watch", "\(id)", columns: 200)
    try await terminal.wait(for: "the child") { $0.contains("careful") }
    try store.complete(child)
    #expect(try await terminal.ending() == 6)
    expectClean(terminal.screen, terminal)
    #expect(terminal.screen.all.joined().contains("planctl advance \(child)"))
  }

  @Test("draws the whole tree anew when the size changes, and leaves nothing of the old one")
  func resizing() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let children = try store.spawn(id, (1...12).map { Key(stringLiteral: "child-\($0)") })
    let terminal = try store.terminal("watch", "\(id)", columns: 200, rows: 30)
    try await terminal.wait(for: "all children") { $0.contains("└─ child-12") }
    for (columns, rows) in [(40, 30), (40, 10), (120, 24), (20, 5), (200, 50)] {
      terminal.resize(columns: columns, rows: rows)
      let isCut = rows < 14
      try await terminal.wait(for: "the tree in \(columns) × \(rows)") { screen in
        screen.lines.count <= rows
          && (isCut ? screen.contains("more: ") : screen.contains("└─ child-12"))
          && screen.all.filter { $0.contains("13 plans") }.count == 1
      }
    }
    try store.claim(children[0])
    let last = try await terminal.wait(for: "a child that runs") { $0.contains("processing") }
    #expect(last.scrollback.isEmpty && last.unknown.isEmpty, "\(last.scrollback)")
    terminal.send(PseudoTerminal.controlC)
    #expect(try await terminal.ending() == 130)
  }

  @Test("ends with 130 at Ctrl-C, and leaves the tree and a visible cursor", arguments: [1, 2])
  func interrupt(times: Int) async throws {
    let store = try await OpenStore()
    let id = try store.use()
    for columns in [40, 200] {
      let terminal = try store.terminal("watch", "\(id)", columns: columns)
      try await terminal.wait(for: "the plan") { $0.contains("queued") && !$0.isCursorVisible }
      for _ in 0..<times { terminal.send(PseudoTerminal.controlC) }
      #expect(try await terminal.ending() == 130)
      let screen = terminal.screen
      #expect(screen.isCursorVisible && screen.isWrapping && screen.unknown.isEmpty)
      #expect(screen.all.filter { $0.contains("1 plan:") }.count == 1, "\(screen.all)")
      #expect(times > 1 || screen.all.joined().contains("no longer watching"))
    }
    let state = try store.system.plans.readBlocking { try $0.plan(id).status }
    #expect(state == .strategizeQueued)
  }

  // The shell that stops and continues the tool is bash.
  @Test(
    "gives the screen to the shell at Ctrl-Z, and draws the tree again when it goes on",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash")))
  func stopping() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let terminal = try store.terminal("watch", "\(id)", belowShell: true)
    try await terminal.wait(for: "the plan") { $0.contains("queued") && !$0.isCursorVisible }
    for _ in 0..<2 {
      terminal.send(PseudoTerminal.controlZ)
      let stopped = try await terminal.wait(for: "the shell") {
        $0.lines.last == "stopped" && $0.isCursorVisible
      }
      #expect(!stopped.contains("queued") && stopped.isWrapping, "\(stopped.lines)")
      terminal.send("\n")
      try await terminal.wait(for: "the plan again") {
        $0.contains("queued") && !$0.isCursorVisible
      }
    }
    terminal.send(PseudoTerminal.controlC)
    try await terminal.wait(for: "the exit status") { $0.contains("exit status 130") }
    _ = try await terminal.ending()
    expectClean(terminal.screen, terminal)
  }

  @Test("goes on at Ctrl-Z where no shell could continue it")
  func noShell() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let terminal = try store.terminal("watch", "\(id)")
    try await terminal.wait(for: "the plan") { $0.contains("queued") && !$0.isCursorVisible }
    terminal.send(PseudoTerminal.controlZ)
    try store.complete(id, phases: 3)
    #expect(try await terminal.ending() == 0)
  }

  @Test("says that the store is gone when its file is deleted, and ends with 5")
  func deleted() async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let terminal = try store.terminal("watch", "\(id)")
    try await terminal.wait(for: "the plan") { $0.contains("queued") }
    for end in ["", "-wal", "-shm"] { unlink(store.file + end) }
    #expect(try await terminal.ending() == 5)
    let screen = terminal.screen
    expectClean(screen, terminal)
    #expect(screen.all.joined().contains("deleted"), "\(screen.all)")
  }

  @Test("fits ten thousand plans on a screen, the failed ones first", arguments: [40, 200])
  func largeTree(columns: Int) async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let children = try store.spawn(id, (1...10_000).map { Key(stringLiteral: "c\($0)") })
    try store.fail(children[3], "no disk")
    let terminal = try store.terminal("watch", columns: columns, rows: 12)
    let screen = try await terminal.wait(for: "the tree") { $0.contains("more: ") }
    #expect(screen.lines.count <= 11 && screen.scrollback.isEmpty && screen.wraps == 0)
    #expect(screen.lines[0].hasPrefix("10001 plans: 1 failed"))
    #expect(screen.contains("c4 "))
    try store.claim(children[1])
    try await terminal.wait(for: "a child that runs") { screen in
      screen.lines.contains { $0.contains("─ c2 ") && $0.contains("processing") }
    }
    terminal.send(PseudoTerminal.controlC)
    #expect(try await terminal.ending() == 130)
  }

  @Test(
    "prints lines without any escape sequence where the user does not want them",
    arguments: [["TERM": "dumb"], ["NO_COLOR": "1"], ["TERM": ""]])
  func plain(environment: [String: String]) async throws {
    let store = try await OpenStore()
    let id = try store.use()
    let terminal = try store.terminal("watch", columns: 300, environment: environment)
    try await terminal.wait(for: "the plan") { $0.contains("1 plan: 1 queued") }
    try store.complete(id, phases: 3)
    #expect(try await terminal.ending() == 0)
    #expect(!terminal.output.contains("\u{1B}"))
    #expect(terminal.screen.contains("strategize/processing"))
    #expect(terminal.screen.contains("is at apply/applied"))
  }
}
