#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A lock that threads acquire in the order in which they requested it.
///
/// Unchecked because the compiler cannot see that the numbers are only accessed under the mutex.
final class TicketLock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let turns = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var nextTicket: UInt64 = 0
  private var turn: UInt64 = 0

  init() {
    mutex.initialize(to: pthread_mutex_t())
    turns.initialize(to: pthread_cond_t())
    expectSuccess(pthread_mutex_init(mutex, nil))
    expectSuccess(pthread_cond_init(turns, nil))
  }

  deinit {
    expectSuccess(pthread_cond_destroy(turns))
    expectSuccess(pthread_mutex_destroy(mutex))
    turns.deinitialize(count: 1)
    mutex.deinitialize(count: 1)
    turns.deallocate()
    mutex.deallocate()
  }

  /// The number of threads that wait for the lock or hold it.
  var waiting: Int {
    expectSuccess(pthread_mutex_lock(mutex))
    defer { expectSuccess(pthread_mutex_unlock(mutex)) }
    return Int(nextTicket - turn)
  }

  /// Runs the body with the lock held.
  func withLock<R>(_ body: () -> R) -> R {
    expectSuccess(pthread_mutex_lock(mutex))
    let ticket = nextTicket
    nextTicket += 1
    while turn != ticket { expectSuccess(pthread_cond_wait(turns, mutex)) }
    expectSuccess(pthread_mutex_unlock(mutex))
    defer {
      expectSuccess(pthread_mutex_lock(mutex))
      turn += 1
      expectSuccess(pthread_cond_broadcast(turns))
      expectSuccess(pthread_mutex_unlock(mutex))
    }
    return body()
  }
}

/// Stops the program when a pthread call failed; without the lock, data would be corrupted.
func expectSuccess(_ code: Int32, _ caller: StaticString = #function) {
  precondition(code == 0, "\(caller): a pthread call failed with code \(code)")
}
