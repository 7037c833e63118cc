import Foundation
import PlanStorageContract

/// Waits until the condition holds, without keeping a thread from Swift's tasks.
///
/// Throws `TimeoutError`, which names `what`, when the condition does not hold within its limit.
package func waitUntil(
  _ what: String, isolation: isolated (any Actor)? = #isolation,
  _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + TimeoutError.limit
  while try await !condition() {
    guard ContinuousClock.now < end else { throw TimeoutError(waitingFor: what) }
    try await Task.sleep(for: .milliseconds(1))
  }
}

/// Waits until the condition holds, on the calling thread, which must be one that may block.
///
/// Throws `TimeoutError`, which names `what`, when the condition does not hold within its limit.
package func blockUntil(_ what: String, _ condition: () throws -> Bool) throws {
  let end = ContinuousClock.now + TimeoutError.limit
  while try !condition() {
    guard ContinuousClock.now < end else { throw TimeoutError(waitingFor: what) }
    usleep(200)
  }
}
