// `Mutex` hands a contended lock over inside the kernel, where the thread sanitizer cannot see it
// and reports races that are none. A build with that sanitizer therefore defines
// PLANWRIGHT_THREAD_SANITIZER and gets a twin made of a pthread mutex.
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
  package final class Guarded<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    /// Guards this value.
    package init(_ value: consuming sending Value) {
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
    package func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      return try body(&value)
    }
  }
#else
  package import Synchronization

  /// A value that is only reachable under its lock.
  package struct Guarded<Value: Sendable>: ~Copyable, Sendable {
    @usableFromInline package let mutex: Mutex<Value>

    /// Guards this value.
    @inlinable
    package init(_ value: Value) { mutex = Mutex(value) }

    /// Runs the body with the lock held.
    @inlinable
    package borrowing func withLock<R: Sendable, E: Error>(
      _ body: (inout Value) throws(E) -> R
    ) throws(E) -> R {
      try mutex.withLock { (value) throws(E) in try body(&value) }
    }
  }
#endif
