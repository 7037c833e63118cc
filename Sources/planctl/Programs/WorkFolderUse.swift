/// The use of a tree's work folder by this process: its lock, and the reaper of its programs.
///
/// The reaper holds the lock as well, so that nobody gets the folder before the programs have ended.
final class WorkFolderUse: Sendable {
  let reaper: Reaper

  /// Locks the folder and starts a reaper; nil while another process excludes this one.
  ///
  /// Throws `WorkFolderError` or `StartError`.
  init?(of root: String, in folders: WorkFolders, shared: Bool) throws {
    guard let lock = try folders.lock(root: root, shared: shared) else { return nil }
    reaper = try Reaper(holding: lock)
  }

  /// Ends the programs that still run and gives the folder free; blocks until they have ended.
  func end() { reaper.end() }
}
