import Foundation
public import PlanStorage

extension StorageBackend {
  /// A journal in the file at this path, whose directory must exist; the file is created when it
  /// does not exist.
  ///
  /// ```swift
  /// let system = try PlanSystem.open(.journal(at: "plans.journal"))
  /// ```
  public static func journal(at path: String) -> StorageBackend {
    BackendFactory.make("journal:\(path)") {
      let path = canonical(path)
      return try JournalStore(
        journals.lease(path, open: { try Journal(path) }, close: { $0.close() }))
    }
  }

  /// One spelling for each file, so that a file that is named in two ways has one journal.
  private static func canonical(_ path: String) -> String {
    let url = URL(fileURLWithPath: path)
    return url.deletingLastPathComponent().resolvingSymlinksInPath()
      .appending(path: url.lastPathComponent).path
  }
}

/// The open journals of this process, by path: threads that open one file at once get one journal.
private let journals = EngineRegistry<String, Journal>()
