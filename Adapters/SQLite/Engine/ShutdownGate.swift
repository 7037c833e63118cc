import PlanStorage
import Synchronization

/// Counts the running bodies of one store, rejects new ones after `close`, and waits for the rest.
final class ShutdownGate: Sendable {
  // The number of running bodies; the sign bit means "closed".
  private let state = Atomic<Int>(0)
  private let empty = Latch<Void>()

  /// Counts a new body; returns false when the gate is closed.
  func enter() -> Bool {
    if state.wrappingAdd(1, ordering: .acquiring).oldValue >= 0 { return true }
    leave()
    return false
  }

  /// Ends a body that `enter` admitted.
  func leave() {
    if state.wrappingSubtract(1, ordering: .releasing).newValue == .min { empty.open(with: ()) }
  }

  /// Rejects new bodies; idempotent.
  func close() {
    if state.bitwiseOr(.min, ordering: .acquiringAndReleasing).oldValue == 0 {
      empty.open(with: ())
    }
  }

  /// Waits until all running bodies have ended; call `close` first.
  func waitUntilEmpty() { empty.wait() }
}
