import Foundation
import InMemoryStorage
import PlanStorage
import Synchronization

/// An open journal file, and the in-memory store that holds what its lines say.
///
/// There is one `Journal` for each file in the process: `EngineRegistry` sees to that. Safe to use
/// from any thread; the file is only used under the lock of `state`.
final class Journal: Sendable {
  /// The content of the in-memory store, which every `JournalStore` of this file opens.
  let memory = InMemoryEngine()
  private let path: String
  private let state: Mutex<State>

  private struct State: Sendable {
    let file: FileHandle
    /// The number of bytes that whole lines take up.
    var length: UInt64
    /// Whether the file ends with a part of a line that could not be removed.
    var endsWithPartOfLine = false
  }

  /// Opens the file, creates it when it does not exist, locks it, and replays its lines.
  ///
  /// Throws `StorageError`: `busy` when another process has the file open, `corrupt` when a line
  /// other than the last one is damaged, and what the system's error number means otherwise.
  init(_ path: String) throws {
    self.path = path
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.systemError("opening", path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw StorageError(
        .busy, operation: "opening", subject: path, reason: "another process has it open")
    }
    let content = try file.readToEnd() ?? Data()
    let store = InMemoryStore(memory)
    let length = try Self.replay(content, in: store, path)
    try file.truncate(atOffset: length)
    state = Mutex(State(file: file, length: length))
  }

  /// Replays whole lines, each as one unit of work; the number of bytes that they take up.
  private static func replay(
    _ content: Data, in store: any StorageEngine, _ path: String
  ) throws -> UInt64 {
    var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // What follows the last newline is part of a line that was never acknowledged.
    lines.removeLast(lines.isEmpty ? 0 : 1)
    var length: UInt64 = 0
    for (index, line) in lines.enumerated() {
      do {
        let entries = try JournalLine.entries(line)
        try store.write { work in for entry in entries { try entry.replay(in: work) } }
      } catch {
        // The last line may have reached the disk in part, newline included, without having been
        // acknowledged. A damaged line before it was acknowledged once, and must not be dropped.
        if index == lines.count - 1 { break }
        throw StorageError(
          .corrupt, operation: "opening", subject: path,
          reason: "line \(index + 1) is damaged: \(error)")
      }
      length += UInt64(line.count) + 1
    }
    return length
  }

  /// Writes the line of a unit of work, and returns when the disk has it.
  ///
  /// Throws `StorageError` when it cannot be written; then the file is as it was before.
  func append(_ entries: [JournalEntry]) throws {
    guard !entries.isEmpty else { return }
    let line = Data((JournalLine.text(entries) + "\n").utf8)
    try state.withLock { state in
      guard !state.endsWithPartOfLine else {
        throw StorageError(
          .inputOutput, operation: "writing", subject: path,
          reason: "a part of a line at its end could not be removed; close and open the store")
      }
      do {
        try state.file.write(contentsOf: line)
        try state.file.synchronize()
        state.length += UInt64(line.count)
      } catch {
        let failure = Self.systemError("writing", path)
        // Whatever part of the line was written must not come before the next line.
        do { try state.file.truncate(atOffset: state.length) } catch {
          state.endsWithPartOfLine = true
        }
        throw failure
      }
    }
  }

  /// Closes the file and the store in memory.
  ///
  /// Errors are ignored: every acknowledged line has been synchronized, so none can be lost here.
  func close() {
    state.withLock { try? $0.file.close() }
  }

  /// The storage error for the system's current error number.
  private static func systemError(_ operation: String, _ path: String) -> StorageError {
    let number = errno
    let code: StorageError.Code =
      switch number {
      case ENOSPC, EDQUOT, EFBIG: .full
      case EACCES, EROFS: .readOnly
      case ENOENT, EISDIR, ENOTDIR: .cannotOpen
      default: .inputOutput
      }
    return StorageError(
      code, operation: operation, subject: path, reason: String(cString: strerror(number)))
  }
}
