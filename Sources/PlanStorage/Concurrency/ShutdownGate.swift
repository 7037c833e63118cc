import Synchronization

/// Counts the running bodies of one store, rejects new ones after `close`, and waits for the rest.
package final class ShutdownGate: Sendable {
  // The number of running bodies; the sign bit means "closed".
  private let state = Atomic<Int>(0)
  private let empty = Latch<Void>()

  /// Creates an open gate without bodies.
  package init() {}

  /// Counts a new body; returns false when the gate is closed.
  package func enter() -> Bool {
    if state.wrappingAdd(1, ordering: .acquiring).oldValue >= 0 { return true }
    leave()
    return false
  }

  /// Ends a body that `enter` admitted.
  package func leave() {
    if state.wrappingSubtract(1, ordering: .releasing).newValue == .min { empty.open(with: ()) }
  }

  /// Rejects new bodies; idempotent.
  package func close() {
    if state.bitwiseOr(.min, ordering: .acquiringAndReleasing).oldValue == 0 {
      empty.open(with: ())
    }
  }

  /// Waits until all running bodies have ended; call `close` first.
  package func waitUntilEmpty() { empty.wait() }
}
