import Foundation
import TestSupport

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A server on a socket of its own that takes connections and never answers.
final class SilentServer: Sendable {
  /// The folder of the socket, which is the host of its location.
  let folder: String
  private let scratch: ScratchDirectory
  private let socket: Int32

  init() throws {
    scratch = try ScratchDirectory()
    folder = scratch.url.path
    #if canImport(Darwin) || canImport(Musl)
      let stream = SOCK_STREAM
    #else
      let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    #if canImport(Darwin)
      socket = Darwin.socket(AF_UNIX, stream, 0)
    #elseif canImport(Musl)
      socket = Musl.socket(AF_UNIX, stream, 0)
    #else
      socket = Glibc.socket(AF_UNIX, stream, 0)
    #endif
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = "\(folder)/.s.PGSQL.5432"
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw TestError("the path \(path) is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 }
    }
    guard isBound, listen(socket, 8) == 0 else {
      throw TestError("listening at \(path) failed with \(errno)")
    }
  }

  /// Blocks the calling thread until a client has connected.
  func waitForClient() throws {
    guard accept(socket, nil, nil) >= 0 else { throw TestError("accepting failed with \(errno)") }
  }

  deinit { close(socket) }
}
