import Dispatch
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Handles SIGINT, SIGTERM, SIGHUP and SIGQUIT: the first one makes a call, the second one ends the
/// process.
final class Interrupts {
  private final class First: Sendable {
    let signal = Mutex<Int32?>(nil)
  }
  private let first = First()
  private let sources: [any DispatchSourceSignal]

  /// Starts to handle the signals; `call` runs on a dispatch queue.
  init(_ call: @escaping @Sendable () -> Void) {
    sources = [SIGINT, SIGTERM, SIGHUP, SIGQUIT].map { [first] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let isFirst = first.signal.withLock { signal in
          defer { signal = signal ?? number }
          return signal == nil
        }
        if isFirst { call() } else { _exit(128 + number) }
      }
      source.resume()
      return source
    }
  }

  /// The number of the first signal; nil before it arrives.
  var received: Int32? { first.signal.withLock { $0 } }

  /// Stops handling the signals.
  func end() { for source in sources { source.cancel() } }
}
