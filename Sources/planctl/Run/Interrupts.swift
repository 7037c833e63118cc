import Dispatch
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Turns Ctrl-C and a request to terminate into a call; the second one ends the process at once.
final class Interrupts {
  private final class First: Sendable {
    let signal = Mutex<Int32?>(nil)
  }
  private let first = First()
  private let sources: [any DispatchSourceSignal]

  /// Listens from now on.
  init(_ call: @escaping @Sendable () -> Void) {
    sources = [SIGINT, SIGTERM].map { [first] number in
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

  /// The signal that came, if one did.
  var received: Int32? { first.signal.withLock { $0 } }

  /// Listens no more.
  func end() { for source in sources { source.cancel() } }
}
