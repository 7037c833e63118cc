import struct PlanStorage.Locked

/// A line about long work that is overwritten on a terminal; nothing elsewhere.
final class ProgressLine: Sendable {
  private let text: LiveText
  private let isShown: Bool
  private let lastShown = Locked(ContinuousClock.now - .seconds(1))

  init(_ context: CommandContext) {
    let terminal = Terminal.standardError(context.environment)
    isShown = !context.isJSON && terminal.canOverwrite
    text = LiveText(terminal, write: context.console.error)
  }

  /// Shows a text, at most ten times a second.
  func show(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    let isDue = lastShown.withLock { last in
      guard ContinuousClock.now - last >= .milliseconds(100) else { return false }
      last = .now
      return true
    }
    guard isDue else { return }
    let line = StyledText(text().escaped)
    self.text.show { _ in [line] }
  }

  /// Removes the line.
  func clear() { text.clear() }
}
