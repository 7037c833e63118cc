import Foundation
import struct PlanStorage.Locked
import TestSupport

@testable import planctl

/// The built tool on a pseudo-terminal of a certain size, and what the terminal shows.
///
/// The tool is in the foreground of a session of its own, so that the keys Ctrl-C and Ctrl-Z and a
/// change of the size reach it as signals, as on any terminal. It is killed with this object.
final class PseudoTerminal: Sendable {
  static let controlC = "\u{3}"
  static let controlZ = "\u{1A}"

  private struct State: Sendable {
    var screen: TerminalScreen
    var output: [UInt8] = []
    var status: Int32?
    var isAtEnd = false
  }
  /// What the threads share with this object, which they do not keep alive.
  private final class Shared: Sendable {
    let state: Locked<State>
    init(_ screen: TerminalScreen) { state = Locked(State(screen: screen)) }
  }
  private let shared: Shared
  private let terminal: Descriptor
  private let process: pid_t

  /// Starts `planctl` with these words on a terminal of this size.
  ///
  /// Below a shell it can be stopped with Ctrl-Z: the shell prints `stopped`, continues the tool
  /// in the foreground after a line of input, and prints `exit status N` at the end.
  convenience init(
    _ words: [String], columns: Int = 80, rows: Int = 24, environment: [String: String],
    belowShell: Bool = false
  ) throws {
    let tool = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "planctl").path
    let shell = ["/bin/bash", "-c", Self.script, tool]
    try self.init(
      command: (belowShell ? shell : [tool]) + words, columns: columns, rows: rows,
      environment: environment)
  }

  /// Starts a program on a terminal of this size.
  init(
    command: [String], columns: Int, rows: Int, environment: [String: String]
  ) throws {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    var ends: (terminal: Int32, process: Int32) = (-1, -1)
    var name = [CChar](repeating: 0, count: 128)
    let variables = environment.merging(["TERM": "xterm-256color"]) { own, _ in own }
    let code: Int32 = Descriptor.inheritance.withLock { _ in
      guard openpty(&ends.terminal, &ends.process, &name, nil, &size) == 0 else { return errno }
      for end in [ends.terminal, ends.process] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return 0
    }
    guard code == 0 else { throw StartError("opening a pseudo-terminal", code: code) }
    terminal = Descriptor(ends.terminal)
    shared = Shared(TerminalScreen(columns: columns, rows: rows))
    // Closed after the start: then the terminal is at its end once the tool is.
    let other = Descriptor(ends.process)
    process = try withExtendedLifetime(other) {
      try Self.start(
        command, variables,
        on: String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    startThreads()
  }

  deinit { if shared.state.withLock({ $0.status }) == nil { kill(process, SIGKILL) } }

  private static let script = """
    set -m
    "$0" "$@"
    status=$?
    while [ -n "$(jobs -s)" ]; do
      echo stopped
      read -r line
      fg %1 >/dev/null
      status=$?
    done
    echo "exit status $status"
    exit $status
    """

  /// Starts a process as the leader of a new session, whose terminal is the one at this path.
  private static func start(
    _ command: [String], _ environment: [String: String], on path: String
  ) throws -> pid_t {
    #if canImport(Darwin)
      var (files, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?) = (nil, nil)
      let newSession: Int32 = 0x0400
    #else
      var (files, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
      // Not imported: glibc and musl declare it for GNU programs only.
      let newSession: Int32 = 0x80
    #endif
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 0, path, O_RDWR, 0)
    for number: Int32 in [1, 2] { posix_spawn_file_actions_adddup2(&files, 0, number) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    for signal in [SIGKILL, SIGSTOP] { sigdelset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    let flags = Int32(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | newSession
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let arguments = command.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var pid: pid_t = 0
    let code = Descriptor.inheritance.withLock { _ in
      posix_spawn(&pid, command[0], &files, &attributes, arguments, variables)
    }
    guard code == 0 else { throw StartError("starting '\(command[0])'", code: code) }
    return pid
  }

  /// Reads the output, and waits for the end, on threads of their own.
  private func startThreads() {
    Thread.detachNewThread { [shared, terminal] in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
      defer { buffer.deallocate() }
      while true {
        switch terminal.read(into: buffer) {
        case .bytes(let count):
          shared.state.withLock { state in
            state.output += buffer[..<count]
            state.screen.feed(buffer[..<count])
          }
        case .wouldBlock: continue
        case .closed: return shared.state.withLock { $0.isAtEnd = true }
        }
      }
    }
    Thread.detachNewThread { [shared, process] in
      var status: Int32 = 0
      while waitpid(process, &status, 0) == -1, errno == EINTR {}
      let signal = status & 0x7F
      let number = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
      shared.state.withLock { $0.status = number }
    }
  }

  var screen: TerminalScreen { shared.state.withLock { $0.screen } }

  /// Everything that was written to the terminal, with its escape sequences.
  var output: String { String(decoding: shared.state.withLock { $0.output }, as: UTF8.self) }

  /// Types text.
  func send(_ text: String) {
    var bytes = Array(text.utf8)
    while !bytes.isEmpty {
      guard case .bytes(let count) = bytes.withUnsafeBytes({ terminal.write($0) }) else { return }
      bytes.removeFirst(count)
    }
  }

  /// Changes the size; the process in the foreground gets the signal SIGWINCH.
  func resize(columns: Int, rows: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    // The screen changes first, so that nothing of the new size is shown on the old one.
    shared.state.withLock { state in
      state.screen.resize(columns: columns, rows: rows)
      _ = ioctl(terminal.number, UInt(TIOCSWINSZ), &size)
    }
  }

  /// Sends a signal to the process that was started.
  func signal(_ number: Int32) { kill(process, number) }

  /// Waits until the screen meets the condition and returns it; throws with what is on it instead.
  @discardableResult
  func wait(
    for what: String, _ condition: @Sendable (TerminalScreen) -> Bool
  ) async throws -> TerminalScreen {
    var seen = -1
    var found: TerminalScreen?
    do {
      try await waitUntil(what) {
        let (screen, isOver) = shared.state.withLock { ($0.screen, $0.isAtEnd) }
        guard screen.byteCount != seen || isOver else { return false }
        seen = screen.byteCount
        if condition(screen) { found = screen } else if isOver { throw TestError("it ended") }
        return found != nil
      }
    } catch {
      throw TestError("\(what): \(error); the screen:\n\(screen.all.joined(separator: "\n"))")
    }
    return found ?? screen
  }

  /// Waits until the process has ended and returns its exit status, 128 + N after signal N.
  func ending() async throws -> Int32 {
    var status: Int32?
    try await waitUntil("the tool to end on its terminal") {
      status = shared.state.withLock { $0.isAtEnd ? $0.status : nil }
      return status != nil
    }
    return status ?? -1
  }
}
