import PlanDomain

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Wakes one waiting thread; a signal raised while no thread waits is kept for the next wait.
///
/// Safe to use from any thread. Unchecked because the compiler cannot verify that `isRaised` is
/// only accessed with the mutex locked.
public final class ThreadSignal: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var isRaised = false

  /// Creates a signal that is not raised.
  package init() {
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    var codes = [pthread_mutex_init(mutex, nil)]
    #if canImport(Darwin)
      codes.append(pthread_cond_init(condition, nil))
    #else
      // A monotonic clock: a wait must not become longer when the time of day steps back.
      var attributes = pthread_condattr_t()
      codes.append(pthread_condattr_init(&attributes))
      codes.append(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC))
      codes.append(pthread_cond_init(condition, &attributes))
      pthread_condattr_destroy(&attributes)
    #endif
    precondition(codes.allSatisfy { $0 == 0 }, "cannot create a thread signal: \(codes)")
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deinitialize(count: 1)
    mutex.deinitialize(count: 1)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Raises the signal: wakes the waiting thread, or the next one to wait.
  package func raise() {
    pthread_mutex_lock(mutex)
    isRaised = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Blocks the calling thread until the signal is raised, and resets it.
  public func wait() {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isRaised { pthread_cond_wait(condition, mutex) }
    isRaised = false
  }

  /// Blocks the calling thread until the signal is raised, at most for `duration`, and resets it.
  public func wait(atMost duration: Duration) {
    let end = Self.now().adding(duration)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isRaised {
      let left = end.since(Self.now()).wholeMicroseconds
      if left <= 0 { return }
      #if canImport(Darwin)
        var span = timespec(tv_sec: Int(left / 1_000_000), tv_nsec: Int(left % 1_000_000) * 1_000)
        _ = pthread_cond_timedwait_relative_np(condition, mutex, &span)
      #else
        var moment = timespec()
        moment.tv_sec = time_t(end.microseconds / 1_000_000)
        moment.tv_nsec = Int(end.microseconds % 1_000_000) * 1_000
        _ = pthread_cond_timedwait(condition, mutex, &moment)
      #endif
    }
    isRaised = false
  }

  /// The time of the monotonic clock.
  private static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
