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

/// Where what takes long and blocks is run, one after the other.
private let longCalls = DispatchQueue(label: "long calls of tests")

/// Runs a call that takes long where it keeps no cooperative thread from the other tests.
///
/// Throws what the call threw; it records no issues itself, for it is not on the task of its test.
public func offPool<R: Sendable>(_ call: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    longCalls.async { continuation.resume(with: Result { try call() }) }
  }
}
