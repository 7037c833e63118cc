import Foundation
import PostgreSQLTestServer
import TestSupport

/// A server on a socket of its own that takes connections and never answers.
final class SilentServer: Sendable {
  /// The folder of the socket, which is the host of its location.
  let folder: String
  private let scratch: ScratchDirectory
  private let socket: Int32

  init() throws {
    scratch = try ScratchDirectory()
    folder = scratch.url.path
    socket = try UnixSocket.listen(in: folder)
  }

  /// Blocks the calling thread until a client has connected.
  func waitForClient() throws {
    guard UnixSocket.accept(socket) != nil else { throw TestError("no client has connected") }
  }

  deinit { UnixSocket.close(socket) }
}
