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
/// A `pthread_rwlock` of the default kind lets readers overtake a waiting writer for ever (glibc's
/// manual says so), and the kind that prefers writers is slow where both are frequent and missing
/// on Darwin. So whoever does not get the lock within a few tries queues at a gate that lets
/// threads pass in the order in which they came, and once the first of them has waited for a tenth
/// of a millisecond, newcomers do not try any more: nobody is overtaken for long. Until then they
/// do, or two threads that meet once would wake each other for ever after.
///
/// Unchecked because the compiler cannot see that what `value` holds is only touched with the lock held.
final class ReadWriteLocked<Value: AnyObject>: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
  private let gate = TicketLock()
  /// When the first in the queue began to wait for the lock; 0 while nobody does.
  private let waitingSince = Atomic<Int64>(0)
  /// How long newcomers may overtake, in nanoseconds.
  private static var headStart: Int64 { 100_000 }
  /// How long a thread tries before it queues, in nanoseconds.
  private static var patience: Int64 { 20_000 }
  /// How often a thread tries at once.
  private static var tries: Int { 40 }
  /// Whether a thread tries for a moment before it queues.
  private let spins: Bool
  private let value: Value

  init(_ value: Value, spins: Bool = Spinning.isUseful) {
    self.value = value
    self.spins = spins
    lock.initialize(to: pthread_rwlock_t())
    must(pthread_rwlock_init(lock, nil))
  }

  deinit {
    must(pthread_rwlock_destroy(lock))
    lock.deinitialize(count: 1)
    lock.deallocate()
  }

  /// How many threads queue at the gate.
  var waiting: Int { gate.waiting }

  /// Runs the body together with other readers.
  ///
  /// Throws what the body threw, or `nestedUnitOfWork` when this thread has the lock already.
  func read<R>(_ body: (Value) throws -> R) throws -> R {
    try ReentrancyGuard.enter(value, isForWriting: false, subject: "an in-memory store") {
      acquire(pthread_rwlock_tryrdlock, pthread_rwlock_rdlock)
      defer { must(pthread_rwlock_unlock(lock)) }
      return try body(value)
    }
  }

  /// Runs the body alone.
  ///
  /// Throws what the body threw, or `nestedUnitOfWork` when this thread has the lock already.
  func write<R>(_ body: (Value) throws -> R) throws -> R {
    try ReentrancyGuard.enter(value, isForWriting: true, subject: "an in-memory store") {
      acquire(pthread_rwlock_trywrlock, pthread_rwlock_wrlock)
      defer { must(pthread_rwlock_unlock(lock)) }
      return try body(value)
    }
  }

  private func acquire(
    _ attempt: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32,
    _ block: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32
  ) {
    if tryFor(spins ? Self.tries : 1, attempt) { return }
    if spins, yieldFor(Self.patience, attempt) { return }
    gate.pass {
      waitingSince.store(Self.now(), ordering: .relaxed)
      // EAGAIN: more readers than the lock can count; some will leave.
      while true {
        let code = block(lock)
        if code == 0 { break }
        precondition(code == EAGAIN, "a lock failed with code \(code)")
        sched_yield()
      }
      waitingSince.store(0, ordering: .relaxed)
    }
  }

  /// Tries so often; whether it got the lock.
  private func tryFor(
    _ times: Int, _ attempt: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32
  ) -> Bool {
    var left = times
    while left > 0, mayTry() {
      let code = attempt(lock)
      if code == 0 { return true }
      precondition(code == EBUSY || code == EAGAIN, "a lock failed with code \(code)")
      left -= 1
    }
    return false
  }

  /// Tries for so long, in nanoseconds, and lets others run in between; whether it got the lock.
  ///
  /// Who holds it lets go within a microsecond or two, if he runs: to sleep and to be woken takes
  /// thirty times as long.
  private func yieldFor(
    _ time: Int64, _ attempt: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32
  ) -> Bool {
    let end = Self.now() + time
    while Self.now() < end {
      sched_yield()
      if tryFor(1, attempt) { return true }
    }
    return false
  }

  /// Whether nobody has waited for so long that he is not to be overtaken.
  private func mayTry() -> Bool {
    let since = waitingSince.load(ordering: .relaxed)
    return since == 0 || Self.now() - since < Self.headStart
  }

  /// Nanoseconds of a clock that nobody sets.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
