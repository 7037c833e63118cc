import Foundation
import Synchronization

/// A line about long work that is overwritten on a terminal; nothing elsewhere.
final class ProgressLine: Sendable {
  private let console: Console
  private let isShown: Bool
  private let lastShown = Mutex(ContinuousClock.now - .seconds(1))

  init(_ context: CommandContext) {
    console = context.console
    isShown = !context.isJSON && Terminal.canOverwrite(context.environment)
  }

  /// Shows a text, at most ten times a second.
  func show(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    let isDue = lastShown.withLock { last in
      guard ContinuousClock.now - last >= .milliseconds(100) else { return false }
      last = .now
      return true
    }
    if isDue { console.error("\r\u{1B}[K" + text().cut(toColumns: Terminal.width - 1)) }
  }

  /// Removes the line.
  func clear() { if isShown { console.error("\r\u{1B}[K") } }
}
