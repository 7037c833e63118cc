// `Mutex` hands a contended lock over inside the kernel, where the thread sanitizer cannot see it
// and reports races that are none. A build with that sanitizer therefore defines
// PLANWRIGHT_THREAD_SANITIZER and gets a twin made of a pthread mutex. Public, for only then is it
// compiled for its value in other modules, where it would be slower by half otherwise.
#if PLANWRIGHT_THREAD_SANITIZER
  #if canImport(Darwin)
    import Darwin
  #else
    import Glibc
  #endif

  /// A value that is only reachable under its lock: the sanitizer's twin.
  ///
  /// Unchecked because the compiler cannot see that `value` is only touched between lock and
  /// unlock.
  public final class Guarded<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    /// Guards this value.
    public init(_ value: consuming sending Value) {
      self.value = value
      mutex.initialize(to: pthread_mutex_t())
      let code = pthread_mutex_init(mutex, nil)
      precondition(code == 0, "pthread_mutex_init: \(code)")
    }

    deinit {
      pthread_mutex_destroy(mutex)
      mutex.deinitialize(count: 1)
      mutex.deallocate()
    }

    /// Runs the body with the lock held.
    public func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      return try body(&value)
    }
  }
#else
  public import Synchronization

  /// A value that is only reachable under its lock.
  public struct Guarded<Value: Sendable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>

    /// Guards this value.
    @inlinable
    public init(_ value: Value) { mutex = Mutex(value) }

    /// Runs the body with the lock held.
    @inlinable
    public borrowing func withLock<R: Sendable, E: Error>(
      _ body: (inout Value) throws(E) -> R
    ) throws(E) -> R {
      try mutex.withLock { (value) throws(E) in try body(&value) }
    }
  }
#endif
