import Dispatch
import struct PlanStorage.Locked

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Handles SIGINT, SIGTERM, SIGHUP and SIGQUIT: the first one makes a call, the second one ends the
/// process.
///
/// A command has one at most: of two that follow each other in a process, the second one can miss
/// signals on Linux.
final class Interrupts {
  private struct State: Sendable {
    var first: Int32?
    var call: @Sendable () -> Void
  }
  private final class Shared: Sendable {
    let state: Locked<State>
    /// Entered by the first signal until its call has returned.
    let calls = DispatchGroup()
    init(_ call: @escaping @Sendable () -> Void) { state = Locked(State(call: call)) }
  }
  private let shared: Shared
  private let sources: [any DispatchSourceSignal]

  /// Starts to handle the signals; `call` runs on a dispatch queue.
  init(_ call: @escaping @Sendable () -> Void) {
    shared = Shared(call)
    sources = [SIGINT, SIGTERM, SIGHUP, SIGQUIT].map { [shared] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let call = shared.state.withLock { state -> (@Sendable () -> Void)? in
          guard state.first == nil else { return nil }
          state.first = number
          shared.calls.enter()
          return state.call
        }
        guard let call else {
          // The call restores the screen; a terminal that takes nothing does not keep the process.
          _ = shared.calls.wait(timeout: .now() + .seconds(1))
          _exit(128 + number)
        }
        call()
        shared.calls.leave()
      }
      source.resume()
      return source
    }
  }

  /// The number of the first signal; nil before it arrives.
  var received: Int32? { shared.state.withLock { $0.first } }

  /// Makes another call at the first signal from now on; at once if it has arrived already.
  func replaceCall(_ call: @escaping @Sendable () -> Void) {
    let isLate = shared.state.withLock { state in
      state.call = call
      return state.first != nil
    }
    if isLate { call() }
  }

  /// Stops handling the signals.
  func end() { for source in sources { source.cancel() } }
}
