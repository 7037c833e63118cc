public import PlanDomain
public import Synchronization

/// What a body returned, carried past a store whose calls return nothing.
///
/// Does what `BodyResult` of the ports does, in code that is inlined into hosts, which do not see
/// the ports. Safe to use from any thread.
@usableFromInline
struct InlinedResult<R: Sendable>: ~Copyable, Sendable {
  @usableFromInline let kept: Mutex<R?>

  /// A result that is not there yet.
  @inlinable
  init() { kept = Mutex(nil) }

  /// Keeps what the body returned.
  @inlinable
  borrowing func keep(_ result: R) { kept.withLock { $0 = result } }

  /// What the body returned; throws `inputOutput` when the store has not run the body.
  ///
  /// `operation` is the store's, as in "reading".
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
