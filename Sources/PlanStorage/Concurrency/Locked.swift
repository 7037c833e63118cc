public import Synchronization

/// A value that is only accessible under its lock.
///
/// Public so that other modules can specialize it; without that, access takes 50 % longer. Safe to
/// use from any thread; `withLock` blocks.
public struct Locked<Value: Sendable>: ~Copyable, Sendable {
  @usableFromInline let mutex: Mutex<Value>
  // For the thread sanitizer: the standard library's `Mutex` is not built with it, so the sanitizer
  // cannot see the order of contended owners and would report races between them. Each owner
  // stores to this atomic and the next one loads it, which makes the order visible. In other builds
  // this costs a load and a store in a cache line that the owner already holds.
  @usableFromInline let handover: Atomic<Bool>

  /// Creates a lock around this value.
  @inlinable
  public init(_ value: Value) {
    mutex = Mutex(value)
    handover = Atomic(false)
  }

  /// Runs the body with the lock held; blocks the calling thread until no other thread holds it.
  ///
  /// The body must not call the same lock again, and no caller's closure.
  ///
  /// - Throws: What the body throws.
  @inlinable
  public borrowing func withLock<R: Sendable, E: Error>(
    _ body: (inout Value) throws(E) -> R
  ) throws(E) -> R {
    try mutex.withLock { (value) throws(E) in
      _ = handover.load(ordering: .acquiring)
      defer { handover.store(false, ordering: .releasing) }
      return try body(&value)
    }
  }

  /// Runs the body with the lock held if no other thread holds it, and returns nil otherwise.
  ///
  /// Never blocks. For what can be left out, such as the use of a cache: on Linux a lock that is
  /// released goes to the thread that has waited longest, so with more running threads than
  /// processors all wait each time until that thread is scheduled.
  @inlinable
  public borrowing func withLockIfFree<R: Sendable>(_ body: (inout Value) -> R) -> R? {
    mutex.withLockIfAvailable { value in
      _ = handover.load(ordering: .acquiring)
      defer { handover.store(false, ordering: .releasing) }
      return body(&value)
    }
  }
}
