import Foundation

/// Runs a call that blocks or takes long on a new thread, where it keeps no other test waiting.
///
/// Throws what the call threw; it records no issues itself, for it is not on the task of its test.
/// A test that blocks from beginning to end takes the trait `dedicatedThread` instead.
public func onDedicatedThread<R: Sendable>(_ call: @escaping @Sendable () throws -> R) async throws
  -> R
{
  try await withCheckedThrowingContinuation { continuation in
    Thread { continuation.resume(with: Result { try call() }) }.start()
  }
}
