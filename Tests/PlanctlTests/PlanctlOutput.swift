import struct PlanStorage.Locked

@testable import planctl

/// Collects what a command writes.
final class PlanctlOutput: Sendable {
  private let text = Locked("")
  var all: String { text.withLock { $0 } }
  var console: Console {
    let append: @Sendable (String) -> Void = { [self] more in text.withLock { $0 += more } }
    return Console(output: append, error: append)
  }
}
