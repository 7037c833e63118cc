import PlanStorage
import Synchronization

/// Lets the bodies of one handle in until it is closed, and tells when the last one has left.
final class ShutdownGate: Sendable {
  // How many are inside; the sign bit stands for "closed".
  private let state = Atomic<Int>(0)
  private let empty = Latch<Void>()

  /// Lets one in; false when closed.
  func enter() -> Bool {
    if state.wrappingAdd(1, ordering: .acquiring).oldValue >= 0 { return true }
    leave()
    return false
  }

  /// Lets one out.
  func leave() {
    if state.wrappingSubtract(1, ordering: .releasing).newValue == .min { empty.open(with: ()) }
  }

  /// Lets nobody in any more.
  func close() {
    if state.bitwiseOr(.min, ordering: .acquiringAndReleasing).oldValue == 0 {
      empty.open(with: ())
    }
  }

  /// Waits for those who are inside of what was closed.
  func waitUntilEmpty() { empty.wait() }
}
