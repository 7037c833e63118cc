import Foundation
import PlanStorage

/// Kills a process that does not end in time, so that nobody waits for its output for ever.
package final class ProcessDeadline: Sendable {
  private let ended = Latch<Void>()
  private let hasPassed = Locked(false)

  /// Gives the process of this id `limit` to end.
  package init(_ process: Int32, limit: Duration = .seconds(3_600)) {
    _ = DedicatedThread { [self] in
      guard ended.wait(atMost: limit) == nil else { return }
      hasPassed.withLock { $0 = true }
      kill(process, SIGKILL)
    }
  }

  /// Ends the watch over a process that has ended; whether it had to be killed.
  package func end() -> Bool {
    ended.open(with: ())
    return hasPassed.withLock { $0 }
  }
}
