import Foundation
import Planwright

/// The store of a run, and the scratch folders of its programs.
///
/// Without `--store` each run has a separate file in the user's data directory. The file name
/// depends on the plan file, the action and the arguments, so that the same command finds it again.
/// No other run stores plans in it: their programs may differ.
struct RunStore: Sendable {
  let backend: StorageBackend
  let folders: WorkFolders
  /// The path of the run's separate file; nil for a location from the command line.
  let ownFile: String?

  /// A store at a location from the command line.
  init(location: String, environment: [String: String]) throws {
    backend = try StorageBackend(location: location)
    ownFile = nil
    // No other process continues a run in memory, so its scratch folders are temporary.
    let isInMemory = location.hasPrefix("memory:")
    folders =
      isInMemory
      ? .temporary : WorkFolders(base: "\(DataDirectory.path(environment))/work")
  }

  /// A separate file for the run.
  ///
  /// Throws `WorkFolderError` when the data directory cannot be created or other users can change
  /// it.
  init(
    for action: ActionName, arguments: JSONObject, file: String, environment: [String: String]
  ) throws {
    let directory = DataDirectory.path(environment)
    try DataDirectory.create(directory)
    let resolved = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
    let parts = [resolved, action.description, JSONValue.object(arguments).serialized()]
    let fingerprint = parts.joined(separator: "\u{0}").fingerprint
    let path = "\(directory)/\(action.name)-\(fingerprint).db"
    backend = .sqlite(
      at: path, options: SQLiteOptions(exclusive: true, busyTimeout: .milliseconds(500)))
    folders = WorkFolders(base: "\(directory)/work")
    ownFile = path
  }

  /// Opens the store.
  ///
  /// Throws `RunError` when another process has the run's file open, or `StorageError`.
  func open() throws -> PlanSystem {
    do { return try PlanSystem.open(backend) } catch let error as StorageError
      where ownFile != nil && [.busy, .conflictingOpen].contains(error.code)
    {
      throw RunError(
        "opening the store of this run: another process is working on the run; "
          + "wait for it, or choose another store with --store")
    }
  }

  /// Removes the run's separate file, which must be closed; does nothing for other stores.
  func discard() {
    guard let ownFile else { return }
    for suffix in ["", "-wal", "-shm"] { unlink(ownFile + suffix) }
  }
}

extension String {
  /// The 64-bit FNV-1a hash in hexadecimal.
  ///
  /// Not collision-free: a run also compares the action and the arguments of the stored plan.
  fileprivate var fingerprint: String {
    let hash = utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
