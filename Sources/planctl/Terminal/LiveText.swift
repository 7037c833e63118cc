import Dispatch
import struct PlanStorage.Locked
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Lines below the output of a command that are drawn again and again on a terminal.
///
/// Only lines that have changed are written, in one write, so that nothing flickers. Between two
/// drawings the cursor is at the beginning of the first line: whatever happens to the lines when
/// the terminal becomes narrower happens below it, and is erased by the next drawing. Draws again
/// when the size changes, and makes room for the shell while the process is stopped with Ctrl-Z.
/// Safe to use from any thread.
final class LiveText: Sendable {
  /// The lines for a terminal of this size; those that do not fit are cut.
  typealias Layout = @Sendable (Terminal.Size) -> [StyledText]

  private struct State: Sendable {
    var layout: Layout?
    var size: Terminal.Size?
    /// The lines on the screen, as they were written.
    var drawn: [String] = []
    var isOnOwnScreen = false
    /// Whether the process is stopped, or is about to be.
    var isStopped = false
    var hasEnded = false
  }
  private enum Sequence {
    static let eraseLine = "\u{1B}[K"
    // The first line on its own: some terminals, tmux for one, take the erasing of a whole screen
    // as a reason to keep it above.
    static let eraseBelow = "\r\u{1B}[K\u{1B}7\u{1B}[B\u{1B}[J\u{1B}8"
    static let eraseScreen = "\u{1B}[H\u{1B}[J"
    /// To the alternate screen, without a cursor, and back.
    static let enter = "\u{1B}[?1049h\u{1B}[?25l" + eraseScreen
    static let leave = "\u{1B}[?25h\u{1B}[?1049l"
    // A character that is wider than it should be must not move the lines below it.
    static let (stopWrapping, wrap) = ("\u{1B}[?7l", "\u{1B}[?7h")
  }

  private let terminal: Terminal
  private let fillsScreen: Bool
  private let write: @Sendable (String) -> Void
  private let state = Locked(State())
  private let sources: Mutex<[any DispatchSourceSignal]>

  /// Creates a text that shows nothing yet.
  ///
  /// A text of several lines `fillsScreen`: it is drawn on the alternate screen of the terminal, so
  /// that no change of the size can leave anything of it behind. The command ends it at the first
  /// signal that ends the command (`Interrupts`), so that the process can end at any time after that.
  init(
    _ terminal: Terminal, fillsScreen: Bool = false, write: @escaping @Sendable (String) -> Void
  ) {
    self.terminal = terminal
    self.fillsScreen = fillsScreen
    self.write = write
    sources = Mutex([])
    guard terminal.canOverwrite else { return }
    observe([SIGWINCH, SIGCONT]) { $0.redraw() }
    observe([SIGTSTP]) { $0.stopProcess() }
  }

  deinit { sources.withLock { for source in $0 { source.cancel() } } }

  private func observe(_ signals: [Int32], _ call: @escaping @Sendable (LiveText) -> Void) {
    for number in signals {
      sources.withLock { sources in
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { [weak self] in if let self { call(self) } }
        source.resume()
        sources.append(source)
      }
    }
  }

  /// Draws the lines of this layout, now and whenever the size of the terminal changes.
  func show(_ layout: @escaping Layout) {
    state.withLock { state in
      guard terminal.canOverwrite, !state.hasEnded else { return }
      state.layout = layout
      draw(&state)
    }
  }

  /// Removes the lines; `show` draws them again.
  func clear() {
    state.withLock { state in
      erase(&state)
      state.layout = nil
    }
  }

  /// Leaves the lines as they are, and the cursor below them; shows nothing any more.
  func end() {
    state.withLock { state in
      guard !state.hasEnded else { return }
      state.hasEnded = true
      guard let layout = state.layout, !state.drawn.isEmpty else { return }
      let lines = lines(of: layout, terminal.size)
      write(
        (fillsScreen ? Sequence.leave : Sequence.eraseBelow) + Sequence.stopWrapping
          + lines.map { $0 + Sequence.eraseLine + "\r\n" }.joined() + Sequence.wrap)
      state.drawn = []
    }
  }

  private func redraw() {
    state.withLock { state in
      guard state.layout != nil, !state.hasEnded else { return }
      if !state.isStopped { write(eraseAll) }
      (state.drawn, state.isStopped) = ([], false)
      draw(&state)
    }
  }

  /// Stops the process as Ctrl-Z does, with nothing of the text on the screen.
  ///
  /// When the process goes on, SIGCONT draws the text again.
  private func stopProcess() {
    // Without a shell in the session nobody could continue the process: Ctrl-Z does nothing then.
    guard getsid(getppid()) == getsid(0) else { return }
    state.withLock { state in
      erase(&state)
      state.isStopped = state.layout != nil
    }
    // SIGTSTP itself is handled, so it stops nothing.
    raise(SIGSTOP)
  }

  private var eraseAll: String { fillsScreen ? Sequence.eraseScreen : Sequence.eraseBelow }

  private func erase(_ state: inout State) {
    guard !state.drawn.isEmpty, !state.hasEnded else { return }
    write(fillsScreen ? Sequence.leave : Sequence.eraseBelow)
    (state.drawn, state.isOnOwnScreen) = ([], false)
  }

  /// The lines of a layout as they are written.
  private func lines(of layout: Layout, _ size: Terminal.Size) -> [String] {
    // One column and one row stay free: many terminals wrap or scroll when the last one is filled.
    layout(size).prefix(max(1, size.rows - 1))
      .map { $0.cut(toColumns: size.columns - 1).rendered }
  }

  /// Writes the lines that differ from those on the screen, and puts the cursor before the first.
  private func draw(_ state: inout State) {
    guard let layout = state.layout, !state.isStopped, !state.hasEnded else { return }
    let size = terminal.size
    let lines = lines(of: layout, size)
    var text = ""
    if state.size != size, !state.drawn.isEmpty {
      text += eraseAll
      state.drawn = []
    }
    state.size = size
    guard lines != state.drawn else { return }
    if fillsScreen, !state.isOnOwnScreen {
      text += Sequence.enter
      state.isOnOwnScreen = true
    }
    text += Sequence.stopWrapping + "\r"
    for (number, line) in lines.enumerated() {
      if number > 0 { text += "\r\n" }
      let isNew = number >= state.drawn.count || state.drawn[number] != line
      if isNew { text += line + Sequence.eraseLine }
    }
    var below = max(0, lines.count - 1)
    if state.drawn.count > lines.count {
      text += (lines.isEmpty ? "" : "\r\n") + Sequence.eraseBelow
      below = lines.count
    }
    if below > 0 { text += "\u{1B}[\(below)A" }
    state.drawn = lines
    write(text + "\r" + Sequence.wrap)
  }
}
