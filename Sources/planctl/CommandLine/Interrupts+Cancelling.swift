#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Interrupts {
  /// Runs the body in a task that the first signal cancels.
  ///
  /// Throws the body's error; instead of `CancellationError`, a `CommandError` with the signal and
  /// `message`, which says how far the work had got.
  // Not inlined: the optimizer of Swift 6.3 crashes when it splits the caller.
  @inline(never)
  static func cancelling<R: Sendable>(
    _ message: @escaping @Sendable () -> String, _ body: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    let interrupts = Interrupts {}
    defer { interrupts.end() }
    return try await interrupts.cancelling(message, body)
  }

  /// The same for one part of a command, which handles signals itself before and after it.
  @inline(never)
  func cancelling<R: Sendable>(
    _ message: @escaping @Sendable () -> String, _ body: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    let task = Task { try await body() }
    replaceCall { task.cancel() }
    switch await task.result {
    case .success(let result): return result
    case .failure(let error):
      guard error is CancellationError else { throw error }
      throw CommandError(.interrupted(signal: received ?? SIGINT), message())
    }
  }
}
