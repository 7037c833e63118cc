import Foundation
import PlanStorage

/// Holds threads back until all of them have come, then lets them go at once.
package final class StartBarrier: Sendable {
  private let condition = NSCondition()
  private let missing: Locked<Int>

  /// A line for so many threads.
  package init(_ count: Int) { missing = Locked(count) }

  /// Waits for the others.
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

/// Runs the body on so many threads, released at once; the results in the order of the threads.
package func race<R: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) -> R
) -> [R] {
  let line = StartBarrier(count)
  let results = Locked([Int: R]())
  let threads = (0..<count).map { number in
    DedicatedThread {
      line.wait()
      let result = body(number)
      results.withLock { $0[number] = result }
    }
  }
  for thread in threads { thread.join() }
  return results.withLock { results in (0..<count).compactMap { results[$0] } }
}

/// A thread that can be waited for.
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

  /// Waits until the body has returned; once.
  package func join() { done.wait() }
}

/// The outcome of a call that may throw, to be carried out of a thread.
package func outcome<R: Sendable>(_ call: () throws -> R) -> Result<R, any Error> {
  Result { try call() }
}

extension Result {
  /// Whether the call ended without an error.
  package var isSuccess: Bool { if case .success = self { true } else { false } }

  /// The error, if there was one.
  package var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
