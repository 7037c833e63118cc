import Foundation
import TestSupport

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A folder with little space, which the user of the servers owns; for root on Linux.
public final class LimitedFolder: Sendable {
  /// Where it is.
  public let path: String
  private let scratch: ScratchDirectory

  /// Whether this process can make such folders; prints one line when it cannot.
  public static let isPossible: Bool = {
    guard PostgreSQLInstallation.isFound else { return false }
    if (try? LimitedFolder(megabytes: 1)) != nil { return true }
    print("The test with a full disk is left out: no file system can be mounted")
    return false
  }()

  /// Mounts a file system in memory.
  public init(megabytes: Int) throws {
    scratch = try ScratchDirectory()
    path = scratch.path("small")
    guard let installation = PostgreSQLInstallation.found else {
      throw TestError("PostgreSQL is not installed")
    }
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: scratch.url.path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try Self.run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "none", path])
    try installation.makeFolder(path)
  }

  deinit { try? Self.run("umount", [path]) }

  private static func run(_ program: String, _ words: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + words
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TestError("\(program) \(words) failed") }
  }
}
