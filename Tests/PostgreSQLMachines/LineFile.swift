import Foundation
import PlanStorage
import TestSupport

/// A file of whole lines, which a process that is killed leaves with at most one part of a line.
///
/// Safe to use from any thread.
final class LineFile: Sendable {
  private let url: URL
  private let handle: Locked<FileHandle>

  /// Opens the file, and removes a part of a line at its end.
  init(_ path: String) throws {
    url = URL(fileURLWithPath: path)
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: url) }
    let whole = try Self.whole(of: url)
    let handle = try FileHandle(forUpdating: url)
    try handle.truncate(atOffset: UInt64(whole.utf8.count))
    try handle.seekToEnd()
    self.handle = Locked(handle)
  }

  /// Appends a line; what was appended is there when the process is killed after that.
  func append(_ line: String) throws {
    try handle.withLock { try $0.write(contentsOf: Data("\(line)\n".utf8)) }
  }

  /// The whole lines of the file.
  func lines() throws -> [Substring] { try Self.lines(of: url.path) }

  /// The whole lines of the file at this path.
  static func lines(of path: String) throws -> [Substring] {
    try whole(of: URL(fileURLWithPath: path)).split(separator: "\n")
  }

  private static func whole(of url: URL) throws -> String {
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    return String(
      text[..<(text.lastIndex(of: "\n").map { text.index(after: $0) } ?? text.startIndex)])
  }
}
