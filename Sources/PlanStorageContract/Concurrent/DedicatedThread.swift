import Dispatch
import Foundation
import PlanStorage

/// A thread that can be waited for.
package final class DedicatedThread: Sendable {
  private let done = DispatchSemaphore(value: 0)
  private let result = Locked<Result<Void, any Error>>(.success(()))

  /// Starts a thread that runs the body.
  package init(_ body: @escaping @Sendable () throws -> Void) {
    let thread = Thread { [self] in
      let outcome = Result { try body() }
      result.withLock { $0 = outcome }
      done.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
  }

  /// Waits until the body has returned; once.
  ///
  /// Throws what the body threw, and `TimeoutError` when it does not return in time.
  package func join() throws {
    let seconds = Int(TimeoutError.limit.components.seconds)
    guard done.wait(timeout: .now() + .seconds(seconds)) == .success else {
      throw TimeoutError(waitingFor: "a thread to end")
    }
    try result.withLock { $0 }.get()
  }
}
