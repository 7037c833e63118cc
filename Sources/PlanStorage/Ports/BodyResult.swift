/// Holds the result of a body for the caller of a store whose methods return nothing.
///
/// Safe to use from any thread, because a store may run the body on another one. Allocates no
/// memory when the body does not escape.
@usableFromInline
package struct BodyResult<R: Sendable>: ~Copyable, Sendable {
  @usableFromInline let kept: Locked<R?>

  /// Creates a holder without a result.
  @inlinable
  package init() { kept = Locked(nil) }

  /// Stores what the body returned; a later run of the body replaces it.
  @inlinable
  package borrowing func keep(_ result: R) { kept.withLock { $0 = result } }

  /// Returns what the body returned.
  ///
  /// Throws `inputOutput` when the store reported success without running the body. `operation`
  /// names what the store did, for example "reading".
  @inlinable
  package borrowing func value(of operation: String) throws(StorageError) -> R {
    guard let result = kept.withLock({ $0 }) else { throw .bodyNotRun(operation) }
    return result
  }
}

extension StorageError {
  /// The error for a store that reported success without running the body.
  @usableFromInline
  package static func bodyNotRun(_ operation: String) -> StorageError {
    StorageError(
      .inputOutput, operation: operation, subject: "a unit of work",
      reason: "the store has not run the body")
  }
}
