import Foundation

/// The current user's directory for the stores and scratch folders of runs.
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

  /// Creates the directory with access for the user only.
  ///
  /// Throws `WorkFolderError` when it cannot be created or other users can change it.
  static func create(_ path: String) throws(WorkFolderError) {
    try WorkFolders.createPrivate(path)
  }
}
