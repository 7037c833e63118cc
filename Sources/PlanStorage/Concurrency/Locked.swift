public import Synchronization

/// A value that is only reachable under its lock.
///
/// Public, for only then is it compiled for its value in other modules, where it would be slower
/// by half otherwise. Safe to use from any thread; `withLock` blocks.
public struct Locked<Value: Sendable>: ~Copyable, Sendable {
  @usableFromInline let mutex: Mutex<Value>
  // A contended `Mutex` changes hands in code of the standard library that is never built for the
  // thread sanitizer, which would report races between owners that follow each other. So the lock's
  // order is told with an atomic as well: every owner reads what the one before has written. In
  // other builds that is a load and a store in a cache line that the owner has anyway.
  @usableFromInline let handover: Atomic<Bool>

  /// Guards this value.
  @inlinable
  public init(_ value: Value) {
    mutex = Mutex(value)
    handover = Atomic(false)
  }

  /// Runs the body with the lock held.
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
}
