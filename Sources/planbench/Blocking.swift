import Dispatch
import PlanStorage

/// Blocks the thread until an asynchronous call has returned.
func blocking<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) throws -> R {
  let done = DispatchSemaphore(value: 0)
  let outcome = Locked<Result<R, any Error>?>(nil)
  Task { @Sendable in
    do {
      let result = try await body()
      outcome.withLock { $0 = .success(result) }
    } catch { outcome.withLock { $0 = .failure(error) } }
    done.signal()
  }
  done.wait()
  guard let outcome = outcome.withLock({ $0 }) else { throw CancellationError() }
  return try outcome.get()
}
