import Foundation
import PlanStorage

/// Blocks threads until `count` of them wait, so that they start at the same time.
package final class StartBarrier: Sendable {
  private let condition = NSCondition()
  private let missing: Locked<Int>

  /// A barrier for `count` threads.
  package init(_ count: Int) { missing = Locked(count) }

  /// Blocks the thread until `count` threads have called this method.
  package func wait() {
    condition.lock()
    let left = missing.withLock { missing in
      missing -= 1
      return missing
    }
    if left <= 0 { condition.broadcast() }
    while missing.withLock({ $0 > 0 }) { condition.wait() }
    condition.unlock()
  }
}

/// Runs the body on `count` threads that start at the same time.
///
/// The body receives the number of its thread, from 0. Blocks until all threads have ended; returns
/// the results in the order of the threads.
package func race<R: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) -> R
) -> [R] {
  let barrier = StartBarrier(count)
  let results = Locked([Int: R]())
  let threads = (0..<count).map { number in
    DedicatedThread {
      barrier.wait()
      let result = body(number)
      results.withLock { $0[number] = result }
    }
  }
  for thread in threads { thread.join() }
  return results.withLock { results in (0..<count).compactMap { results[$0] } }
}

/// A thread for blocking calls, which another thread can join.
package final class DedicatedThread: Sendable {
  private let done = DispatchSemaphore(value: 0)

  /// Starts a thread that runs the body.
  package init(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread { [done] in
      body()
      done.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
  }

  /// Blocks until the body has returned; must be called at most once.
  package func join() { done.wait() }
}

/// The result of a call that may throw, as a value that a thread can return.
package func outcome<R: Sendable>(_ call: () throws -> R) -> Result<R, any Error> {
  Result { try call() }
}

extension Result {
  /// Whether the call returned without an error.
  package var isSuccess: Bool { if case .success = self { true } else { false } }

  /// The error; nil if there was none.
  package var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
