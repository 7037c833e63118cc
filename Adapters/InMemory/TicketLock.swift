#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Lets threads pass one at a time, in the order in which they came.
///
/// Unchecked because the compiler cannot see that the numbers are only touched under the mutex.
final class TicketLock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let turns = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var nextTicket: UInt64 = 0
  private var turn: UInt64 = 0

  init() {
    mutex.initialize(to: pthread_mutex_t())
    turns.initialize(to: pthread_cond_t())
    must(pthread_mutex_init(mutex, nil))
    must(pthread_cond_init(turns, nil))
  }

  deinit {
    must(pthread_cond_destroy(turns))
    must(pthread_mutex_destroy(mutex))
    turns.deinitialize(count: 1)
    mutex.deinitialize(count: 1)
    turns.deallocate()
    mutex.deallocate()
  }

  /// How many threads have come and not left.
  var waiting: Int {
    must(pthread_mutex_lock(mutex))
    defer { must(pthread_mutex_unlock(mutex)) }
    return Int(nextTicket - turn)
  }

  /// Runs the body when all who came before have left.
  func pass<R>(_ body: () -> R) -> R {
    must(pthread_mutex_lock(mutex))
    let ticket = nextTicket
    nextTicket += 1
    while turn != ticket { must(pthread_cond_wait(turns, mutex)) }
    must(pthread_mutex_unlock(mutex))
    defer {
      must(pthread_mutex_lock(mutex))
      turn += 1
      must(pthread_cond_broadcast(turns))
      must(pthread_mutex_unlock(mutex))
    }
    return body()
  }
}

/// Stops the program when a lock does: going on without it would corrupt what it guards.
func must(_ code: Int32, _ call: StaticString = #function) {
  precondition(code == 0, "\(call): a lock failed with code \(code)")
}
