import Foundation
import Planwright

/// Where a run is kept, and what its programs leave for each other.
///
/// Without `--store` each run has a file of its own in the user's data directory: the same command
/// (file, action and arguments) finds it again. Nobody else works on that file, and no other run's
/// plans are in it, whose programs would be other ones.
struct RunStore: Sendable {
  let backend: StorageBackend
  let folders: WorkFolders
  /// The file that is the run's own; nil for a store that the user named.
  let ownFile: String?

  /// The store that the user named.
  init(location: String, environment: [String: String]) throws {
    backend = try StorageBackend(location: location)
    ownFile = nil
    // What ends with the process leaves nothing for another one to find.
    let isInMemory = location.hasPrefix("memory:")
    folders =
      isInMemory
      ? .temporary : WorkFolders(base: "\(DataDirectory.path(environment))/work")
  }

  /// The run's own file.
  ///
  /// Throws `WorkFolderError` when the data directory cannot be made.
  init(
    for action: ActionName, arguments: JSONObject, file: String, environment: [String: String]
  ) throws {
    let directory = DataDirectory.path(environment)
    try DataDirectory.make(directory)
    let whole = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
    let words = [whole, action.description, JSONValue.object(arguments).serialized()]
    let number = words.joined(separator: "\u{0}").fingerprint
    let path = "\(directory)/\(action.name)-\(number).db"
    backend = .sqlite(
      at: path, options: SQLiteOptions(exclusive: true, busyTimeout: .milliseconds(500)))
    folders = WorkFolders(base: "\(directory)/work")
    ownFile = path
  }

  /// Opens the store.
  ///
  /// Throws `RunError` when another process has the run in hand, or `StorageError`.
  func open() throws -> PlanSystem {
    do { return try PlanSystem.open(backend) } catch let error as StorageError
      where ownFile != nil && [.busy, .conflictingOpen].contains(error.code)
    {
      throw RunError(
        "another process is working on this run; wait for it, or give this one a --store")
    }
  }

  /// Removes the run's own file, which must be closed.
  func discard() {
    guard let ownFile else { return }
    for suffix in ["", "-wal", "-shm"] { unlink(ownFile + suffix) }
  }
}

/// What stands in the way of a run, in a sentence.
struct RunError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The current user's place for what programs keep.
enum DataDirectory {
  /// `$XDG_DATA_HOME/planwright`, else `~/.local/share/planwright`; on macOS in Application Support.
  static func path(_ environment: [String: String]) -> String {
    if let base = environment["XDG_DATA_HOME"], base.hasPrefix("/") { return base + "/planwright" }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
    #if canImport(Darwin)
      return home + "/Library/Application Support/planwright"
    #else
      return home + "/.local/share/planwright"
    #endif
  }

  /// Makes the directory, for the user alone.
  ///
  /// Throws `WorkFolderError` when that is not possible, or when it is in someone else's hands.
  static func make(_ path: String) throws(WorkFolderError) {
    try WorkFolders.makeTrusted(path)
  }
}

extension String {
  /// 64 bits of FNV-1a in hexadecimal: tells runs apart, and nothing is trusted to it alone.
  fileprivate var fingerprint: String {
    let hash = utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
