// Its sources may be cancelled from any thread, and do not conform to Sendable.
@preconcurrency import Dispatch
import Foundation

/// A stream socket in the file system.
struct UnixSocket: Sendable {
  /// A call of the system that failed.
  struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ call: String, _ path: String, _ number: Int32 = errno) {
      description = "\(call) failed for the socket \(path): \(String(cString: strerror(number)))"
    }
  }

  let path: String

  /// Connects to the process that listens.
  func connection() throws -> Connection {
    let descriptor = try make()
    guard withAddress({ connect(descriptor, $0, $1) }) == 0 else {
      defer { close(descriptor) }
      throw Failure("connect", path)
    }
    return Connection(descriptor)
  }

  /// Listens; returns the connections, until the task that iterates over them is cancelled.
  ///
  /// Replaces the file of a process that ended without removing it; throws `Failure` (in use) while
  /// a process listens.
  func connections() throws -> AsyncStream<Connection> {
    if let other = try? connection() {
      other.close()
      throw Failure("bind", path, EADDRINUSE)
    }
    unlink(path)
    let descriptor = try make()
    guard withAddress({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 128) == 0 else {
      defer { close(descriptor) }
      throw Failure("bind", path)
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    return AsyncStream { connections in
      let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
      source.setEventHandler {
        let accepted = accept(descriptor, nil, nil)  // fails if the client has gone again
        if accepted >= 0 { connections.yield(Connection(accepted)) }
      }
      source.setCancelHandler {
        unlink(path)
        close(descriptor)
      }
      connections.onTermination = { _ in source.cancel() }
      source.activate()
    }
  }

  private func make() throws -> Int32 {
    guard path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
      throw Failure("socket", path, ENAMETOOLONG)
    }
    #if canImport(Darwin)
      let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
    #else
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    guard descriptor >= 0 else { throw Failure("socket", path) }
    return descriptor
  }

  private func withAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
