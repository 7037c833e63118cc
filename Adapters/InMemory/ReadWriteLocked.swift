import PlanStorage
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An object behind a reader-writer lock that starves neither readers nor writers.
///
/// A `pthread_rwlock` of the default kind lets readers overtake a waiting writer for ever (glibc's
/// manual says so), and the kind that prefers writers is slow where both are frequent and missing
/// on Darwin. So whoever does not get the lock within a few tries queues at a gate that lets
/// threads pass in the order in which they came, and while anyone queues, newcomers do not try:
/// nobody is overtaken for long.
///
/// Unchecked because the compiler cannot see that what `value` holds is only touched with the lock held.
final class ReadWriteLocked<Value: AnyObject>: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
  private let gate = FairGate()
  private let queued = Atomic(0)
  private let tries: Int
  private let value: Value

  init(_ value: Value) {
    self.value = value
    // With one processor nobody can let go of the lock while we try.
    tries = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 ? 100 : 1
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
    try BodyUnderWay.enter(value, isForWriting: false, store: "an in-memory store") {
      acquire(pthread_rwlock_tryrdlock, pthread_rwlock_rdlock)
      defer { must(pthread_rwlock_unlock(lock)) }
      return try body(value)
    }
  }

  /// Runs the body alone.
  ///
  /// Throws what the body threw, or `nestedUnitOfWork` when this thread has the lock already.
  func write<R>(_ body: (Value) throws -> R) throws -> R {
    try BodyUnderWay.enter(value, isForWriting: true, store: "an in-memory store") {
      acquire(pthread_rwlock_trywrlock, pthread_rwlock_wrlock)
      defer { must(pthread_rwlock_unlock(lock)) }
      return try body(value)
    }
  }

  private func acquire(
    _ attempt: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32,
    _ block: (UnsafeMutablePointer<pthread_rwlock_t>) -> Int32
  ) {
    var left = tries
    while left > 0, queued.load(ordering: .relaxed) == 0 {
      let code = attempt(lock)
      if code == 0 { return }
      precondition(code == EBUSY || code == EAGAIN, "a lock failed with code \(code)")
      left -= 1
    }
    queued.add(1, ordering: .relaxed)
    gate.pass {
      // EAGAIN: more readers than the lock can count; some will leave.
      while true {
        let code = block(lock)
        if code == 0 { break }
        precondition(code == EAGAIN, "a lock failed with code \(code)")
        sched_yield()
      }
      queued.subtract(1, ordering: .relaxed)
    }
  }
}
