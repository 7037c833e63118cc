import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The scratch folders of plans, one for each tree, with access for the user only.
struct WorkFolders: Sendable {
  /// The path of the folder that contains them.
  let base: String

  /// Folders in the system's directory for temporary files.
  static let temporary = WorkFolders(base: NSTemporaryDirectory() + "planwright-\(getuid())")

  /// The path of the folder for the tree with this root; creates the folder if it does not exist.
  ///
  /// Programs read and run files in this folder, so only the user may be able to change it. Throws
  /// `WorkFolderError` when `root` is not a plan id, when a folder cannot be created, or when other
  /// users can change it.
  func folder(root: String) throws(WorkFolderError) -> String {
    let folder = try path(root)
    try Self.createPrivate(base)
    try Self.createPrivate(folder)
    return folder
  }

  /// Locks the folder of a tree: one planctl at a time runs programs in it.
  ///
  /// The folder stays locked until the descriptor and its copies in other processes are closed.
  /// Returns nil while another process holds the lock. Throws as `folder` does.
  func lock(root: String) throws(WorkFolderError) -> Descriptor? {
    let folder = try folder(root: root)
    let number = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else {
      throw WorkFolderError("opening the folder '\(folder)': \(String(cString: strerror(errno)))")
    }
    let descriptor = Descriptor(number)
    if flock(number, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    guard errno == EWOULDBLOCK else {
      throw WorkFolderError("locking the folder '\(folder)': \(String(cString: strerror(errno)))")
    }
    return nil
  }

  /// Creates a folder with access for the user only, and the missing folders above it.
  ///
  /// Throws `WorkFolderError` when it cannot be created, or when it exists and other users can
  /// change it.
  static func createPrivate(_ path: String) throws(WorkFolderError) {
    try create(path)
    try check(path)
  }

  /// Removes the folder of a tree and its contents; returns the error if that fails.
  @discardableResult
  func remove(root: String) -> WorkFolderError? {
    do throws(WorkFolderError) {
      let folder = try path(root)
      var status = stat()
      if lstat(folder, &status) != 0, errno == ENOENT { return nil }
      do { try FileManager.default.removeItem(atPath: folder) } catch {
        throw WorkFolderError("removing the scratch folder '\(folder)': \(error)")
      }
      return nil
    } catch {
      return error
    }
  }

  /// The path of a tree's folder; throws `WorkFolderError` when `root` is not a plan id.
  private func path(_ root: String) throws(WorkFolderError) -> String {
    let isID =
      root.utf8.count == 26
      && root.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
      }
    guard isID else {
      throw WorkFolderError("creating a scratch folder: '\(root)' is not a plan id")
    }
    return "\(base)/\(root)"
  }

  /// Creates a folder with mode 0700 unless it exists, and the missing folders above it.
  private static func create(_ path: String) throws(WorkFolderError) {
    func attempt() -> Int32 { mkdir(path, 0o700) == 0 || errno == EEXIST ? 0 : errno }
    var code = attempt()
    if code == ENOENT {
      let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
      try create(parent)
      code = attempt()
    }
    guard code == 0 else {
      throw WorkFolderError("creating the folder '\(path)': \(String(cString: strerror(code)))")
    }
  }

  /// Throws unless the path is a folder of the user that no other user can change.
  ///
  /// Every user can create files in the directory for temporary files, so the folder may have been
  /// created by another user.
  private static func check(_ path: String) throws(WorkFolderError) {
    var status = stat()
    let isFolder = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    guard isFolder, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw WorkFolderError(
        """
        checking the folder '\(path)': it must be a folder, not a link, that belongs to the \
        current user and that other users cannot write to; remove it, or correct its owner and mode
        """)
    }
  }
}

/// What is wrong with a scratch folder, in one sentence.
struct WorkFolderError: Error, Hashable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
