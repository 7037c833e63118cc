import Foundation
import InMemoryStorage
import PlanStorage
import Synchronization

/// The file of one journal, and the store in memory that its lines make.
final class Journal: Sendable {
  /// What the lines say, for every engine that has the journal open.
  let memory = InMemoryStore()
  private let path: String
  private let state: Mutex<State>

  private struct State: Sendable {
    let file: FileHandle
    var length: UInt64
    var isBroken = false
  }

  /// Opens the file for this process alone, and does again what its lines say.
  init(_ path: String) throws {
    self.path = path
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.error("opening", path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw StorageError(.busy, operation: "opening", subject: path, reason: "it is in use")
    }
    let content = try file.readToEnd() ?? Data()
    let store = InMemoryEngine(memory)
    var length = 0
    // What comes after the last end of a line was never acknowledged.
    var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    lines.removeLast(lines.isEmpty ? 0 : 1)
    for (number, line) in lines.enumerated() {
      do {
        let entries = try Line.entries(line)
        try store.write { work in for entry in entries { try entry.replay(work) } }
      } catch {
        // Neither was the last line, when it is not what was written.
        if number == lines.count - 1 { break }
        throw StorageError(
          .corrupt, operation: "opening", subject: path, reason: "line \(number + 1) is damaged")
      }
      length += line.count + 1
    }
    state = Mutex(State(file: file, length: UInt64(length)))
    try file.truncate(atOffset: UInt64(length))
  }

  /// Writes the line of a unit of work and waits until the disk has it.
  func append(_ entries: [Entry]) throws {
    guard !entries.isEmpty else { return }
    let line = Data((Line.text(entries) + "\n").utf8)
    try state.withLock { state in
      if state.isBroken {
        throw StorageError(
          .inputOutput, operation: "writing", subject: path,
          reason: "half a line stands at its end and cannot be removed")
      }
      do {
        try state.file.write(contentsOf: line)
        try state.file.synchronize()
        state.length += UInt64(line.count)
      } catch {
        // Half a line must not stand before the next one.
        do { try state.file.truncate(atOffset: state.length) } catch { state.isBroken = true }
        throw Self.error("writing", path)
      }
    }
  }

  func close() {
    state.withLock { try? $0.file.close() }
  }

  /// One spelling for each file; its directory must be there.
  static func canonical(_ path: String) throws -> String {
    let url = URL(fileURLWithPath: path)
    let directory = url.deletingLastPathComponent().resolvingSymlinksInPath()
    return directory.appending(path: url.lastPathComponent).path
  }

  private static func error(_ operation: String, _ path: String) -> StorageError {
    let code: StorageError.Code =
      switch errno {
      case ENOSPC, EDQUOT, EFBIG: .full
      case EACCES, EROFS: .readOnly
      case ENOENT, EISDIR, ENOTDIR: .cannotOpen
      default: .inputOutput
      }
    return StorageError(
      code, operation: operation, subject: path, reason: String(cString: strerror(errno)))
  }
}
