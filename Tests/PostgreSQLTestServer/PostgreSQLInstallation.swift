import Foundation
import TestSupport

/// The programs of a PostgreSQL server on this machine.
public struct PostgreSQLInstallation: Sendable {
  /// The folder with `initdb` and `postgres`.
  let folder: String
  /// The words that run a program as another user, because `initdb` and `postgres` refuse root.
  let prefix: [String]

  /// The installation on this machine; nil, with one line on standard error, when there is none.
  public static let found: PostgreSQLInstallation? = {
    do {
      return try PostgreSQLInstallation()
    } catch {
      // Also measurements use it, whose output programs read.
      let line = "What needs a server of PostgreSQL is left out: \(error)\n"
      try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
      return nil
    }
  }()

  /// Whether there is an installation.
  public static var isFound: Bool { found != nil }

  private init() throws {
    guard let folder = Self.folders.first(where: Self.isComplete) else {
      throw TestError("initdb and postgres are not installed (Debian: apt-get install postgresql)")
    }
    self.folder = folder
    guard geteuid() == 0 else {
      prefix = []
      return
    }
    guard getpwnam("postgres") != nil else {
      throw TestError("root cannot run a server, and there is no user 'postgres'")
    }
    let forms = [
      ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"],
      ["runuser", "-u", "postgres", "--"],
    ]
    let places = ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"]
    for form in forms {
      for place in places where FileManager.default.isExecutableFile(atPath: place + form[0]) {
        prefix = [place + form[0]] + form.dropFirst()
        return
      }
    }
    throw TestError("root cannot run a server, and neither setpriv nor runuser is installed")
  }

  private static func isComplete(_ folder: String) -> Bool {
    ["initdb", "postgres", "psql", "pg_isready", "pg_basebackup"].allSatisfy {
      FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
    }
  }

  /// The folders where packages put the programs, the newest version first.
  private static var folders: [String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    let packaged = versions.sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }
      .map { "\(root)/\($0)/bin" }
    let cellars = ["/opt/homebrew/opt", "/usr/local/opt"].flatMap { cellar in
      ["\(cellar)/postgresql/bin"] + numbered("\(cellar)/postgresql@", "/bin")
    }
    return path.split(separator: ":").map(String.init) + packaged + cellars
      + numbered("/usr/pgsql-", "/bin") + ["/usr/local/pgsql/bin"]
  }

  /// The paths with the versions of a server that are still maintained, the newest first.
  private static func numbered(_ start: String, _ end: String) -> [String] {
    (13...18).reversed().map { "\(start)\($0)\(end)" }
  }

  /// Makes a folder that the server's user owns.
  func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    guard geteuid() == 0 else { return }
    guard let user = getpwnam("postgres"),
      chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0
    else { throw TestError("the folder of the server cannot be given to its user") }
  }

  /// A process of one of the programs, with these words, which is not started yet.
  func process(_ program: String, _ words: [String], in directory: String) -> Process {
    process(at: "\(folder)/\(program)", words, in: directory)
  }

  /// A process of the program at this path, run by the server's user, which is not started yet.
  func process(at path: String, _ words: [String], in directory: String) -> Process {
    let all = prefix + [path] + words
    let process = Process()
    process.executableURL = URL(fileURLWithPath: all[0])
    process.arguments = Array(all.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": directory]
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// Runs a program to its end and returns what it prints; throws its last words when it fails.
  func run(_ program: String, _ words: [String], in directory: String) throws -> String {
    let process = process(program, words, in: directory)
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    let failed = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw TestError("\(program): \(String(decoding: failed.suffix(2000), as: UTF8.self))")
    }
    return String(decoding: printed, as: UTF8.self)
  }
}
