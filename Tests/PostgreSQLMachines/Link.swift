import Foundation
import PlanStorage
import TestSupport

/// The way from one machine to the server, which can be cut, frozen and slowed.
///
/// A Unix socket that passes bytes on, with a thread for each connection. Safe to use from any
/// thread.
final class Link: Sendable {
  enum State: Sendable {
    case open
    /// No connection exists, and none can be made.
    case cut
    /// Connections exist and pass nothing on.
    case frozen
    /// Bytes arrive after this many milliseconds.
    case slow(Int)

    var isCut: Bool { if case .cut = self { true } else { false } }
  }

  /// The folder of the socket: the host of the machine's location.
  let folder: String
  private let scratch: ScratchDirectory
  private let listener: Int32
  private let state = Locked(State.open)
  private let target: Locked<String>

  /// Starts a link to the server whose socket is in this folder.
  init(to server: String) throws {
    scratch = try ScratchDirectory()
    folder = scratch.url.path
    target = Locked(server)
    listener = try UnixSocket.listen(in: folder)
    let thread = Thread { [self] in accept() }
    thread.start()
  }

  /// Changes what happens to the connections, those that exist included.
  func set(_ next: State) { state.withLock { $0 = next } }

  /// Lets new connections go to the server in this folder.
  func lead(to server: String) { target.withLock { $0 = server } }

  private func accept() {
    while let client = UnixSocket.accept(listener) {
      guard !state.withLock({ $0.isCut }),
        let server = UnixSocket.connect(to: target.withLock { $0 })
      else {
        UnixSocket.close(client)
        continue
      }
      let thread = Thread { [self] in pass(client, server) }
      thread.start()
    }
  }

  private func pass(_ client: Int32, _ server: Int32) {
    defer {
      UnixSocket.close(client)
      UnixSocket.close(server)
    }
    while true {
      switch state.withLock({ $0 }) {
      case .cut: return
      case .frozen:
        usleep(5_000)
        continue
      case .slow(let milliseconds): usleep(UInt32(milliseconds) * 1_000)
      case .open: break
      }
      let readable = UnixSocket.readable(client, server, milliseconds: 20)
      if readable.0, !UnixSocket.move(from: client, to: server) { return }
      if readable.1, !UnixSocket.move(from: server, to: client) { return }
    }
  }
}
