import Foundation

/// What rows are imported into.
protocol RowTarget: Sendable {
  /// Adds a row; returns false, and changes nothing, if a row with its key is there already.
  func add(_ row: Row) async throws -> Bool
  /// Makes sure that the rows added so far survive the end of the machine.
  func synchronize() async throws
}

/// A target that appends rows to a file.
///
/// It reads the keys of the file once, so only one process may write to it at a time. The store of
/// the importer, which is opened for one process, sees to that.
actor TargetFile: RowTarget {
  private let file: FileHandle
  private var keys: Set<String>
  private var end: UInt64

  /// Opens the file, or creates it; removes an incomplete line at its end.
  init(path: String) throws {
    let url = URL(fileURLWithPath: path)
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: url) }
    file = try FileHandle(forUpdating: url)
    let newline = UInt8(ascii: "\n")
    let data = try file.readToEnd() ?? Data()
    let whole = data.lastIndex(of: newline).map { data[...$0] } ?? Data()
    let lines = whole.split(separator: newline).map { String(decoding: $0, as: UTF8.self) }
    keys = Set(lines.compactMap { Row($0)?.key })
    end = UInt64(whole.count)
    try file.truncate(atOffset: end)
  }

  func add(_ row: Row) throws -> Bool {
    guard !keys.contains(row.key) else { return false }
    let line = Data((row.line + "\n").utf8)
    do { try file.write(contentsOf: line) } catch {
      try? file.truncate(atOffset: end)
      throw error
    }
    end += UInt64(line.count)
    keys.insert(row.key)
    return true
  }

  func synchronize() throws { try file.synchronize() }
}
