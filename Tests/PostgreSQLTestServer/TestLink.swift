import Foundation
import PlanStorage
import TestSupport

/// The way from one client to a server of the tests, which can be cut, frozen and slowed.
///
/// A Unix socket that passes bytes on, with a thread for each connection. Safe to use from any
/// thread.
public final class TestLink: Sendable {
  /// What happens to the bytes of all connections.
  public enum State: Sendable {
    case open
    /// No connection exists, and none can be made.
    case cut
    /// Connections exist and pass nothing on.
    case frozen
    /// Bytes arrive after this many milliseconds.
    case slow(Int)

    fileprivate var isCut: Bool { if case .cut = self { true } else { false } }
  }

  /// Which way a message goes.
  public enum Direction: CaseIterable, Sendable {
    case toServer
    case toClient
  }

  private struct Interruption: Sendable {
    let direction: Direction
    /// The number of messages of this direction that pass before it.
    var rest: Int
    /// Is called in place of passing the message on; when it returns false, the connection ends.
    let action: @Sendable () -> Bool
  }

  /// The folder of the socket: the host of the client's location.
  public let folder: String
  private let scratch: ScratchDirectory
  private let listener: Int32
  private let state = Locked(State.open)
  private let interruption = Locked<Interruption?>(nil)
  private let target: Locked<String>

  /// Starts a link to a server.
  public init(to server: PostgreSQLTestServer) throws {
    scratch = try ScratchDirectory()
    folder = scratch.url.path
    target = Locked(server.folder)
    listener = try UnixSocket.listen(in: folder)
    let thread = Thread { [weak self, listener] in
      while let client = UnixSocket.accept(listener) {
        guard let self else {
          UnixSocket.close(client)
          break
        }
        take(client)
      }
      UnixSocket.close(listener)
    }
    thread.start()
  }

  deinit { UnixSocket.endListening(listener) }

  /// The location of a store in this schema, by this link.
  public func location(schema: String, options: String = "") -> String {
    "postgresql://postgres@/postgres?host=\(folder)&port=5432&schema=\(schema)" + options
  }

  /// Changes what happens to the connections, those that exist included.
  public func set(_ next: State) { state.withLock { $0 = next } }

  /// Lets new connections go to another server.
  public func lead(to server: PostgreSQLTestServer) { target.withLock { $0 = server.folder } }

  /// Ends the connection once, in place of passing on the message after the next `count`.
  ///
  /// `action` is called first; when it returns true, the message is passed on and nothing ended.
  public func interrupt(
    after count: Int, _ direction: Direction, _ action: @escaping @Sendable () -> Bool = { false }
  ) {
    let next = Interruption(direction: direction, rest: count, action: action)
    interruption.withLock { $0 = next }
  }

  /// Whether an interruption has not happened yet; forgets it.
  public func forgetInterruption() -> Bool {
    interruption.withLock { interruption in
      defer { interruption = nil }
      return interruption != nil
    }
  }

  private func take(_ client: Int32) {
    guard !state.withLock({ $0.isCut }),
      let server = UnixSocket.connect(to: target.withLock { $0 })
    else { return UnixSocket.close(client) }
    let thread = Thread { [self] in pass(client, server) }
    thread.start()
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
      if readable.0, !move(.toServer, from: client, to: server) { return }
      if readable.1, !move(.toClient, from: server, to: client) { return }
    }
  }

  private func move(_ direction: Direction, from source: Int32, to target: Int32) -> Bool {
    let action = interruption.withLock { next -> (@Sendable () -> Bool)? in
      guard let now = next, now.direction == direction else { return nil }
      if now.rest > 0 {
        next?.rest -= 1
        return nil
      }
      next = nil
      return now.action
    }
    if let action, !action() { return false }
    return UnixSocket.move(from: source, to: target)
  }
}
