import Foundation

/// What this process holds of the files of a database, as the system tells it.
struct HeldFiles: Equatable, CustomStringConvertible {
  /// The paths of descriptors.
  var descriptors: [String] = []
  /// The lines of the system's list of locks.
  var locks: [String] = []
  /// The lines of the list of mapped files.
  var mappings: [String] = []

  /// Nothing.
  static let none = HeldFiles()

  /// Whether the system tells; macOS has no such files.
  static let areKnown =
    FileManager.default.fileExists(atPath: "/proc/self/fd")
    && FileManager.default.fileExists(atPath: "/proc/locks")

  private init() {}

  /// What is held of the database at this path, of its log and of the log's index.
  init(of path: String) throws {
    let files = FileManager.default
    for entry in try files.contentsOfDirectory(atPath: "/proc/self/fd") {
      // A descriptor of another test may be closed by now.
      let target = try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(entry)")
      if let target, target.hasPrefix(path) { descriptors.append(target) }
    }
    let inodes = ["", "-wal", "-shm"].compactMap { suffix in
      (try? files.attributesOfItem(atPath: path + suffix))?[.systemFileNumber] as? Int
    }
    // Files of other devices may have the same numbers.
    let process = " \(ProcessInfo.processInfo.processIdentifier) "
    locks = try Self.lines("/proc/locks").filter { line in
      line.contains(process) && inodes.contains { line.contains(":\($0) ") }
    }
    mappings = try Self.lines("/proc/self/maps").filter { $0.contains(path) }
  }

  private static func lines(_ path: String) throws -> [String] {
    // To the end: these files have no size.
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? file.close() }
    let data = try file.readToEnd() ?? Data()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  var description: String { (descriptors + locks + mappings).joined(separator: "\n") }
}
