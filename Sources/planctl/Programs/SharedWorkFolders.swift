import struct PlanStorage.Locked

/// The work folders that a worker uses, each from the first to the last of its running programs.
///
/// Workers share the folder of a tree; 'planctl run' has it alone. Safe to use from any thread.
final class SharedWorkFolders: Sendable {
  private let folders: WorkFolders
  private let uses = Locked([String: (use: WorkFolderUse, count: Int)]())

  init(_ folders: WorkFolders) { self.folders = folders }

  /// The reaper for one more program of a tree; nil while 'planctl run' has the folder alone.
  ///
  /// `end` must be called for each call that returned a reaper. Throws as `WorkFolderUse` does.
  func begin(root: String) throws -> Reaper? {
    try uses.withLock { uses in
      if let count = uses[root]?.count {
        uses[root]?.count = count + 1
      } else if let use = try WorkFolderUse(of: root, in: folders, shared: true) {
        uses[root] = (use, 1)
      }
      return uses[root]?.use.reaper
    }
  }

  /// Ends the use of a folder by one program; the last one gives it free.
  func end(root: String) {
    let last = uses.withLock { uses -> WorkFolderUse? in
      guard let entry = uses[root] else { return nil }
      uses[root] = entry.count > 1 ? (entry.use, entry.count - 1) : nil
      return entry.count > 1 ? nil : entry.use
    }
    // No program is left, so that the reaper ends at once.
    last?.end()
  }
}
