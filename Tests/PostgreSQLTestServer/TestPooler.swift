import Foundation
import TestSupport

/// PgBouncer in front of a server of the tests.
///
/// It is ended by `close`, and by the guard of its server when this process ends in any other way.
public final class TestPooler: Sendable {
  /// When a client gives its session back.
  public enum Mode: String, Sendable {
    case session
    case transaction
  }

  /// The path of the program; nil when it is not installed.
  private static let program: String? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/bin"]
    return folders.map { "\($0)/pgbouncer" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Whether PgBouncer and a server are installed; prints one line when only PgBouncer is missing.
  public static let isFound: Bool = {
    guard PostgreSQLInstallation.isFound else { return false }
    if program == nil {
      print("The tests with PgBouncer are left out: it is not installed")
    }
    return program != nil
  }()

  private let server: PostgreSQLTestServer
  private let process: Process

  /// Starts a pooler, and returns when it takes connections.
  public init(_ server: PostgreSQLTestServer, mode: Mode) throws {
    guard let program = Self.program else { throw TestError("PgBouncer is not installed") }
    self.server = server
    let settings = """
      [databases]
      * = host=\(server.folder) port=\(server.port) user=postgres
      [pgbouncer]
      unix_socket_dir = \(server.folder)
      listen_port = 6432
      auth_type = any
      pool_mode = \(mode.rawValue)
      logfile = \(server.folder)/pooler.log
      pidfile = \(server.folder)/pooler.pid

      """
    let file = "\(server.folder)/pooler.ini"
    try settings.write(toFile: file, atomically: false, encoding: .utf8)
    process = server.installation.process(at: program, ["-q", file], in: server.folder)
    try process.run()
    try blockUntil("the pooler to take connections") {
      guard process.isRunning else { throw TestError("PgBouncer did not start") }
      let words = ["-q", "-h", server.folder, "-p", "6432"]
      return (try? server.installation.run("pg_isready", words, in: server.folder)) != nil
    }
  }

  /// The location of a store behind the pooler.
  public func location(schema: String) -> String {
    "postgresql://postgres@/postgres?host=\(server.folder)&port=6432&schema=\(schema)"
  }

  /// Ends the pooler.
  public func close() {
    // It was started with the signals of its parent's thread, which may block all others.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
