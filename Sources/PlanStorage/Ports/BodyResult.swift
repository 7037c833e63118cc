/// What a body returned, carried past a store whose calls return nothing.
///
/// Safe to use from any thread, because a store may run the body on another one. It needs no memory
/// of its own where the body does not escape.
@usableFromInline
package struct BodyResult<R: Sendable>: ~Copyable, Sendable {
  @usableFromInline let kept: Locked<R?>

  /// A result that is not there yet.
  @inlinable
  package init() { kept = Locked(nil) }

  /// Keeps what the body returned; that of the latest run counts.
  @inlinable
  package borrowing func keep(_ result: R) { kept.withLock { $0 = result } }

  /// What the body returned.
  ///
  /// Throws `inputOutput` when the store says that it has run the body, and has not. `operation` is
  /// the store's, as in "reading".
  @inlinable
  package borrowing func value(of operation: String) throws(StorageError) -> R {
    guard let result = kept.withLock({ $0 }) else { throw .bodyNotRun(operation) }
    return result
  }
}

extension StorageError {
  /// The error of a store that says that it has run a body, and has not.
  @usableFromInline
  package static func bodyNotRun(_ operation: String) -> StorageError {
    StorageError(
      .inputOutput, operation: operation, subject: "a unit of work",
      reason: "the store has not run the body")
  }
}
