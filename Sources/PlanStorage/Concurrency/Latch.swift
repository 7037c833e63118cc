import PlanDomain

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Blocks threads until it is opened with a value, which every waiter receives.
///
/// Safe to use from any thread. Unchecked because the compiler cannot see that `outcome` is only
/// accessed under the mutex.
package final class Latch<Value: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var outcome: Value?

  /// Creates a closed latch.
  package init() {
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    let codes = (pthread_mutex_init(mutex, nil), pthread_cond_init(condition, nil))
    precondition(codes == (0, 0), "creating a latch failed with the pthread codes \(codes)")
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deinitialize(count: 1)
    mutex.deinitialize(count: 1)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Opens the latch: current and later waiters return with this value.
  package func open(with value: Value) {
    pthread_mutex_lock(mutex)
    outcome = value
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Waits until the latch is open and returns its value.
  package func wait() -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let outcome { return outcome }
      pthread_cond_wait(condition, mutex)
    }
  }

  /// Waits at most this long, and at most a year; returns nil when the latch is still closed.
  package func wait(atMost limit: Duration) -> Value? {
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    // At most a year, so that the additions below cannot overflow.
    let bounded = max(.zero, min(limit, .seconds(31_536_000)))
    let nanoseconds = bounded.wholeMicroseconds * 1_000 + Int64(end.tv_nsec)
    end.tv_sec += Int(nanoseconds / 1_000_000_000)
    end.tv_nsec = Int(nanoseconds % 1_000_000_000)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let outcome { return outcome }
      if pthread_cond_timedwait(condition, mutex, &end) != 0 { return outcome }
    }
  }
}
