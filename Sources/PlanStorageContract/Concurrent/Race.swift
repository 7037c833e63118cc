import PlanStorage

/// Runs the body on `count` threads, released at once; the results in the order of the threads.
///
/// Throws what a body threw, and `TimeoutError` when one does not return in time.
package func race<R: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) throws -> R
) throws -> [R] {
  let barrier = StartBarrier(count)
  let results = Locked([Int: R]())
  let threads = (0..<count).map { number in
    DedicatedThread {
      try barrier.wait()
      let result = try body(number)
      results.withLock { $0[number] = result }
    }
  }
  for thread in threads { try thread.join() }
  return results.withLock { results in (0..<count).compactMap { results[$0] } }
}
