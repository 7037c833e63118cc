import Foundation
import PlanStorage

/// Holds threads back until all of them have come, then lets them go at once.
package final class StartBarrier: Sendable {
  private let condition = NSCondition()
  private let missing: Locked<Int>

  /// A barrier for `count` threads.
  package init(_ count: Int) { missing = Locked(count) }

  /// Waits for the others; throws `TimeoutError` when they do not come within its limit.
  package func wait() throws(TimeoutError) {
    let end = Date(timeIntervalSinceNow: Double(TimeoutError.limit.components.seconds))
    condition.lock()
    defer { condition.unlock() }
    let left = missing.withLock { missing in
      missing -= 1
      return missing
    }
    if left <= 0 { condition.broadcast() }
    while missing.withLock({ $0 > 0 }) {
      guard condition.wait(until: end) else {
        throw TimeoutError(waitingFor: "the other threads to come to a barrier")
      }
    }
  }
}
