import PlanStorage
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An object behind a reader-writer lock that starves neither readers nor writers.
///
/// With a default `pthread_rwlock`, readers can overtake a waiting writer indefinitely (see glibc's
/// manual); the variant that prefers writers is slow under mixed load and missing on Darwin. So a
/// thread that does not get the lock within a few attempts queues in a first-in, first-out gate.
/// Once the first thread of the queue has waited for 100 microseconds, new threads queue without an
/// attempt, which bounds the waiting time. Before that they may overtake: otherwise, after one
/// contention, threads would keep handing the lock over by sleeping and waking.
///
/// Safe to use from any thread. Unchecked because the compiler cannot see that the contents of
/// `value` are only accessed with the lock held.
final class ReadWriteLocked<Value: AnyObject>: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
  private let gate = TicketLock()
  /// When the first thread of the queue began to wait for the lock; 0 when none waits.
  private let waitingSince = Atomic<Int64>(0)
  /// How long new threads may overtake the queue, in nanoseconds.
  private static var overtakingTime: Int64 { 100_000 }
  /// How long a thread yields and retries before it queues, in nanoseconds.
  private static var yieldTime: Int64 { 20_000 }
  /// The number of attempts before a thread yields.
  private static var attempts: Int { 40 }
  /// Whether a thread retries for a short time before it queues.
  ///
  /// In planbench's `memory.mixed`, this gives more than twice the rate of queueing immediately.
  private let spins: Bool
  private let value: Value

  init(_ value: Value, spins: Bool = Spinning.isUseful) {
    self.value = value
    self.spins = spins
    lock.initialize(to: pthread_rwlock_t())
    expectSuccess(pthread_rwlock_init(lock, nil))
  }

  deinit {
    expectSuccess(pthread_rwlock_destroy(lock))
    lock.deinitialize(count: 1)
    lock.deallocate()
  }

  /// The number of threads in the queue.
  var waiting: Int { gate.waiting }

  /// Runs the body concurrently with other readers.
  ///
  /// Throws what the body threw, or `nestedUnitOfWork` when this thread already holds the lock.
  func read<R>(_ body: (Value) throws -> R) throws -> R {
    try ReentrancyGuard.enter(value, isForWriting: false, subject: "an in-memory store") {
      acquire(pthread_rwlock_tryrdlock, pthread_rwlock_rdlock)
      defer { expectSuccess(pthread_rwlock_unlock(lock)) }
      return try body(value)
    }
  }

  /// Runs the body exclusively.
  ///
  /// Throws what the body threw, or `nestedUnitOfWork` when this thread already holds the lock.
  func write<R>(_ body: (Value) throws -> R) throws -> R {
    try ReentrancyGuard.enter(value, isForWriting: true, subject: "an in-memory store") {
      acquire(pthread_rwlock_trywrlock, pthread_rwlock_wrlock)
      defer { expectSuccess(pthread_rwlock_unlock(lock)) }
      return try body(value)
    }
  }

  /// Throws `nestedUnitOfWork` when this thread holds the lock.
  func checkOutside(_ operation: String) throws(StorageError) {
    try ReentrancyGuard.check(value, operation: operation, subject: "an in-memory store")
  }

  private func acquire(
    _ attempt: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32,
    _ block: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32
  ) {
    if tryLock(times: spins ? Self.attempts : 1, attempt) { return }
    if spins, tryLock(yieldingFor: Self.yieldTime, attempt) { return }
    gate.withLock {
      waitingSince.store(Self.now(), ordering: .relaxed)
      // EAGAIN: the lock has its maximum number of readers; retry until one of them unlocks it.
      while true {
        let code = block(lock)
        if code == 0 { break }
        precondition(code == EAGAIN, "locking failed with code \(code)")
        sched_yield()
      }
      waitingSince.store(0, ordering: .relaxed)
    }
  }

  /// Makes up to `times` attempts; returns whether it got the lock.
  private func tryLock(
    times: Int, _ attempt: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32
  ) -> Bool {
    var left = times
    while left > 0, mayOvertake() {
      let code = attempt(lock)
      if code == 0 { return true }
      precondition(code == EBUSY || code == EAGAIN, "locking failed with code \(code)")
      left -= 1
    }
    return false
  }

  /// Makes attempts for `time` nanoseconds, yielding before each; returns whether it got the lock.
  ///
  /// A running holder releases the lock within one or two microseconds; sleeping and waking take
  /// thirty times as long.
  private func tryLock(
    yieldingFor time: Int64, _ attempt: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32
  ) -> Bool {
    let end = Self.now() + time
    while Self.now() < end {
      sched_yield()
      if tryLock(times: 1, attempt) { return true }
    }
    return false
  }

  /// Whether a new thread may overtake the queue.
  private func mayOvertake() -> Bool {
    let since = waitingSince.load(ordering: .relaxed)
    return since == 0 || Self.now() - since < Self.overtakingTime
  }

  /// Returns the time of the monotonic clock in nanoseconds.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
