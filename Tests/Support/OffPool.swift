import Dispatch
import Foundation

/// Runs a call on a new thread, which keeps nobody waiting and waits for nobody.
///
/// Throws what the call threw.
public func onOwnThread<R: Sendable>(_ call: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    Thread { continuation.resume(with: Result { try call() }) }.start()
  }
}

/// Runs a call that takes long on a thread of its own, where it keeps no other test waiting.
///
/// Throws what the call threw; it records no issues itself, for it is not on the task of its test.
/// A test that blocks from beginning to end takes the trait `ownThread` instead.
public func offPool<R: Sendable>(_ call: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "a long call of a test").async {
      continuation.resume(with: Result { try call() })
    }
  }
}
