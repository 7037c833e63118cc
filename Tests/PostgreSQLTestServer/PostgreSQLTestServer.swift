import Foundation
import PlanStorage
import TestSupport

/// A server of PostgreSQL that belongs to this process, in a folder of its own.
///
/// It listens on a Unix socket in that folder. It is stopped and its folder removed by `close`, and
/// by a guard when this process ends in any other way. Its functions block; call them on a thread
/// that may.
public final class PostgreSQLTestServer: Sendable {
  /// How a server is stopped.
  public enum StopMode: Sendable {
    /// Running transactions are rolled back, and all is written: SIGINT.
    case fast
    /// As in a crash, with recovery at the next start: SIGQUIT.
    case immediate
  }

  /// The settings of a server.
  public struct Options: Sendable {
    /// Whether commits wait for the disk; tests do not need it, benchmarks do.
    public var syncsToDisk = false
    /// Whether the server also listens on a port of 127.0.0.1.
    public var listensOnTCP = false
    /// Further settings, by their names.
    public var settings: [String: String] = [:]

    /// Settings for tests: without waiting for the disk, on a Unix socket only.
    public init() {}
  }

  /// The server that all tests of this process share; nil when PostgreSQL is not installed.
  ///
  /// A test that stops its server or changes its settings makes one of its own.
  public static let shared: PostgreSQLTestServer? = {
    guard PostgreSQLInstallation.isFound else { return nil }
    do {
      return try PostgreSQLTestServer()
    } catch {
      // Not left out: the tests that use it fail.
      print("The server of PostgreSQL for tests did not start: \(error)")
      return nil
    }
  }()

  let installation: PostgreSQLInstallation
  /// The folder of the server, which holds its data, its socket and its log.
  let folder: String
  let port: Int
  private let options: Options
  let guardian: ServerGuard
  private let process = Locked<Process?>(nil)
  private let schemas = Locked(0)

  /// Makes a server and starts it; throws when PostgreSQL is not installed or does not start.
  public convenience init(_ options: Options = Options()) throws {
    try self.init(options) { installation, folder in
      _ = try installation.run(
        "initdb",
        [
          "--pgdata=\(folder)/data", "--username=postgres", "--auth=trust", "--encoding=UTF8",
          "--locale=C", "--no-sync",
        ], in: folder)
    }
  }

  /// Makes a server whose data the closure puts into the folder `data`.
  init(_ options: Options, data: (PostgreSQLInstallation, String) throws -> Void) throws {
    guard let installation = PostgreSQLInstallation.found else {
      throw TestError("PostgreSQL is not installed")
    }
    self.installation = installation
    self.options = options
    port = try options.listensOnTCP ? Self.freePort() : 5432
    // Short: the path of a Unix socket has at most 103 bytes on some systems.
    let name = "planwright-pg-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    folder = FileManager.default.temporaryDirectory.appending(path: name).path
    try installation.makeFolder(folder)
    guardian = try ServerGuard(folder: folder)
    do {
      try data(installation, folder)
      try start()
    } catch {
      guardian.end()
      throw error
    }
  }

  deinit { close() }

  /// Stops the server and removes its folder.
  ///
  /// Idempotent.
  public func close() {
    try? stop(.immediate)
    guardian.end()
  }

  /// Starts the server, and returns when it takes connections.
  public func start() throws {
    let process = installation.process("postgres", words, in: folder)
    let log = "\(folder)/log"
    if !FileManager.default.fileExists(atPath: log) { try Data().write(to: URL(filePath: log)) }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    try file.seekToEnd()
    process.standardOutput = file
    process.standardError = file
    try process.run()
    self.process.withLock { $0 = process }
    try blockUntil("the server to take connections") {
      guard process.isRunning else { throw TestError("the server did not start: \(lastWords)") }
      return (try? installation.run("pg_isready", ["-q"] + address, in: folder)) != nil
    }
  }

  /// Whether the server's process runs.
  var isRunning: Bool { process.withLock { $0?.isRunning == true } }

  /// Stops the server, and returns when it has ended.
  public func stop(_ mode: StopMode = .fast) throws {
    let process = self.process.withLock { process in
      defer { process = nil }
      return process
    }
    guard let process, process.isRunning else { return }
    try signal(mode == .fast ? SIGINT : SIGQUIT)
    process.waitUntilExit()
  }

  /// Stops the server and starts it again.
  public func restart(_ mode: StopMode = .fast) throws {
    try stop(mode)
    try start()
  }

  /// The name of a schema that no other test of this server uses.
  public func newSchema() -> String {
    let number = schemas.withLock { number in
      number += 1
      return number
    }
    return "test_\(number)_\(UInt32.random(in: 0...UInt32.max))"
  }

  /// The location of a store in this server, as hosts write it; further options begin with `&`.
  public func location(
    schema: String, user: String = "postgres", password: String? = nil, options: String = ""
  ) -> String {
    let secret = password.map { ":\($0)" } ?? ""
    return "postgresql://\(user)\(secret)@/postgres?host=\(folder)&port=\(port)&schema=\(schema)"
      + options
  }

  /// The location of a store in this server by TCP.
  public func networkLocation(schema: String, options: String = "") -> String {
    "postgresql://postgres@127.0.0.1:\(port)/postgres?schema=\(schema)" + options
  }

  /// The end of the server's log.
  public var lastWords: String {
    let text = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? ""
    return String(text.suffix(4000))
  }

  private var words: [String] {
    var settings = [
      "fsync": options.syncsToDisk ? "on" : "off",
      "full_page_writes": options.syncsToDisk ? "on" : "off",
      "listen_addresses": options.listensOnTCP ? "127.0.0.1" : "",
      "unix_socket_directories": folder, "max_connections": "900", "shared_buffers": "64MB",
      "logging_collector": "off", "log_min_messages": "warning",
    ]
    settings.merge(options.settings) { $1 }
    return ["-D", "\(folder)/data", "-p", "\(port)"]
      + settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
  }

  var address: [String] { ["-h", folder, "-p", "\(port)", "-U", "postgres", "-d", "postgres"] }

  private func signal(_ signal: Int32) throws {
    let file = try String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
    guard let number = file.split(separator: "\n").first.flatMap({ Int32($0) }) else {
      throw TestError("the server has no process")
    }
    kill(number, signal)
  }

  /// A port of 127.0.0.1 that was free a moment ago.
  private static func freePort() throws -> Int {
    #if canImport(Darwin)
      let socket = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    defer { Foundation.close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
      guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      return bind(socket, start, length) == 0 ? getsockname(socket, start, &length) : -1
    }
    guard code == 0 else { throw TestError("no port is free") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
