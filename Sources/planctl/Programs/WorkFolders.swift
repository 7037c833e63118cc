import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The scratch folders of plans, one for each tree, for the eyes of their user only.
struct WorkFolders: Sendable {
  /// The folder that they lie in.
  let base: String

  /// Folders below the system's place for temporary files.
  static let temporary = WorkFolders(base: NSTemporaryDirectory() + "planwright-\(getuid())")

  /// The folder of the tree with this root; made when it is not there.
  ///
  /// Throws `WorkFolderError` when the root is no plan id, and when a folder cannot be made or is
  /// in someone else's hands: programs trust what they find there.
  func folder(root: String) throws(WorkFolderError) -> String {
    let folder = try path(root)
    try Self.makeTrusted(base)
    try Self.makeTrusted(folder)
    return folder
  }

  /// Makes a folder for the user alone, and those above it that are missing.
  ///
  /// Throws `WorkFolderError` when it cannot be made, or is there and in someone else's hands.
  static func makeTrusted(_ path: String) throws(WorkFolderError) {
    try make(path)
    try check(path)
  }

  /// Removes the folder of a tree with all that is in it, if there is one; what went wrong.
  @discardableResult
  func remove(root: String) -> WorkFolderError? {
    do throws(WorkFolderError) {
      let folder = try path(root)
      var status = stat()
      if lstat(folder, &status) != 0, errno == ENOENT { return nil }
      do { try FileManager.default.removeItem(atPath: folder) } catch {
        throw WorkFolderError("the scratch folder '\(folder)' cannot be removed: \(error)")
      }
      return nil
    } catch {
      return error
    }
  }

  /// The path of a tree's folder; nothing but a plan's id becomes part of it.
  private func path(_ root: String) throws(WorkFolderError) -> String {
    let isID =
      root.utf8.count == 26
      && root.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
      }
    guard isID else {
      throw WorkFolderError("a scratch folder was asked for, but '\(root)' is not a plan's id")
    }
    return "\(base)/\(root)"
  }

  /// Makes a folder for the user alone; one that is there is left as it is.
  private static func make(_ path: String) throws(WorkFolderError) {
    func attempt() -> Int32 { mkdir(path, 0o700) == 0 || errno == EEXIST ? 0 : errno }
    var code = attempt()
    if code == ENOENT {
      let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
      try make(parent)
      code = attempt()
    }
    guard code == 0 else {
      throw WorkFolderError(
        "the folder '\(path)' cannot be made: \(String(cString: strerror(code)))")
    }
  }

  /// Makes sure that a folder is one, belongs to the user, and that nobody else can change it.
  ///
  /// The place for temporary files is everyone's: someone may have been there before.
  private static func check(_ path: String) throws(WorkFolderError) {
    var status = stat()
    let isFolder = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    guard isFolder, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw WorkFolderError(
        """
        the folder '\(path)' cannot be trusted: it must be a folder, not a link, that is \
        yours and that others cannot write to; remove it, or correct its owner and mode
        """)
    }
  }
}

/// What is wrong with a scratch folder, in a sentence.
struct WorkFolderError: Error, Hashable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
