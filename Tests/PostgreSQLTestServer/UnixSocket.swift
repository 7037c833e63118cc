#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import TestSupport

/// The calls for the sockets of a PostgreSQL server, which all have one name in a folder.
public enum UnixSocket {
  private static func address(in folder: String) throws -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = "\(folder)/.s.PGSQL.5432"
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw TestError("the path \(path) is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return address
  }

  private static func make() -> Int32 {
    #if canImport(Darwin) || canImport(Musl)
      socket(AF_UNIX, SOCK_STREAM, 0)
    #else
      socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #endif
  }

  private static func with(
    _ address: sockaddr_un, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Bool {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        call($0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  /// A socket in this folder that takes connections.
  public static func listen(in folder: String) throws -> Int32 {
    let socket = make()
    guard with(try address(in: folder), { bind(socket, $0, $1) }), listenTo(socket) else {
      throw TestError("listening in \(folder) failed with \(errno)")
    }
    return socket
  }

  private static func listenTo(_ socket: Int32) -> Bool {
    #if canImport(Darwin)
      Darwin.listen(socket, 128) == 0
    #elseif canImport(Musl)
      Musl.listen(socket, 128) == 0
    #else
      Glibc.listen(socket, 128) == 0
    #endif
  }

  /// The next connection; nil when the socket is closed.
  public static func accept(_ listener: Int32) -> Int32? {
    #if canImport(Darwin)
      let socket = Darwin.accept(listener, nil, nil)
    #elseif canImport(Musl)
      let socket = Musl.accept(listener, nil, nil)
    #else
      let socket = Glibc.accept(listener, nil, nil)
    #endif
    return socket < 0 ? nil : socket
  }

  /// Ends the calls that wait for a connection on this socket, which they close then.
  static func endListening(_ socket: Int32) { _ = shutdown(socket, Int32(SHUT_RDWR)) }

  /// A connection to the server in this folder; nil when nobody takes it.
  static func connect(to folder: String) -> Int32? {
    guard let address = try? address(in: folder) else { return nil }
    let socket = make()
    #if canImport(Darwin)
      let isConnected = with(address) { Darwin.connect(socket, $0, $1) }
    #elseif canImport(Musl)
      let isConnected = with(address) { Musl.connect(socket, $0, $1) }
    #else
      let isConnected = with(address) { Glibc.connect(socket, $0, $1) }
    #endif
    if isConnected { return socket }
    close(socket)
    return nil
  }

  /// Closes a socket.
  public static func close(_ socket: Int32) {
    #if canImport(Darwin)
      _ = Darwin.close(socket)
    #elseif canImport(Musl)
      _ = Musl.close(socket)
    #else
      _ = Glibc.close(socket)
    #endif
  }

  /// Waits until one of the two can be read; an end counts as such.
  static func readable(
    _ one: Int32, _ other: Int32, milliseconds: Int32
  ) -> (Bool, Bool) {
    var descriptors = [one, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    _ = poll(&descriptors, 2, milliseconds)
    return (descriptors[0].revents != 0, descriptors[1].revents != 0)
  }

  /// Passes on what can be read; returns false at the end of a connection.
  static func move(from source: Int32, to target: Int32) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = recv(source, &bytes, bytes.count, 0)
    guard count > 0 else { return false }
    var sent = 0
    while sent < count {
      #if canImport(Darwin)
        let part = send(target, Array(bytes[sent..<count]), count - sent, 0)
      #else
        let part = send(
          target, Array(bytes[sent..<count]), count - sent, Int32(MSG_NOSIGNAL))
      #endif
      guard part > 0 else { return false }
      sent += part
    }
    return true
  }
}
