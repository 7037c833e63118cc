public import PlanDomain
public import Synchronization

/// The result of a body, stored outside a store whose calls return nothing.
///
/// Equivalent to `BodyResult` of the ports, but inlined into hosts, which cannot import the ports.
/// Safe to use from any thread.
@usableFromInline
struct InlinedResult<R: Sendable>: ~Copyable, Sendable {
  @usableFromInline let kept: Mutex<R?>

  /// Creates an empty result.
  @inlinable
  init() { kept = Mutex(nil) }

  /// Stores the result of the body.
  @inlinable
  borrowing func keep(_ result: R) { kept.withLock { $0 = result } }

  /// Returns the result of the body; throws `inputOutput` when the store has not run the body.
  ///
  /// `operation` is the store's operation, as in "reading".
  @inlinable
  borrowing func value(of operation: String) throws(StorageError) -> R {
    guard let result = kept.withLock({ $0 }) else {
      throw StorageError(
        .inputOutput, operation: operation, subject: "a unit of work",
        reason: "the store has not run the body")
    }
    return result
  }
}
