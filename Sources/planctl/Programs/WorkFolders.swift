import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The work folders of a store, one for each tree of plans.
///
/// The folder of a tree contains the scratch folder of its programs, the standard error that is kept
/// of them, and the mark of a result that was not printed yet. Who can change the store can change
/// them, and nobody else.
struct WorkFolders: Sendable {
  /// The path of the folder that contains them.
  let base: String
  /// The mode of the folders: for the user alone, or for the group of a store that the group shares.
  var mode: mode_t = 0o700
  /// The user that the store belongs to, beside the current one.
  var owner = geteuid()

  /// Folders in the system's directory for temporary files, for plans that end with this process.
  static let temporary = WorkFolders(base: NSTemporaryDirectory() + "planwright-\(getuid())")

  /// Folders in this one, for the user alone.
  init(base: String) { self.base = base }

  /// The folders of the store in a file, beside the file, whose owner and group they share.
  init(ofStoreAt file: String) {
    base = file + "-work"
    var status = stat()
    guard stat(file, &status) == 0 else { return }
    owner = status.st_uid
    if status.st_mode & 0o060 == 0o060 { mode = 0o770 }
  }

  /// The path of the folder for the tree with this root; creates the folder if it does not exist.
  ///
  /// Programs read and run files in this folder, so nobody else may be able to change it. Throws
  /// `WorkFolderError` when `root` is not a plan id, when a folder cannot be created, or when other
  /// users can change it.
  func folder(root: String) throws(WorkFolderError) -> String {
    let folder = try path(root)
    try createOwn(base)
    try createOwn(folder)
    return folder
  }

  /// The path of the scratch folder of a tree's programs; creates it as `folder` does.
  func scratch(root: String) throws(WorkFolderError) -> String {
    let folder = try folder(root: root) + "/scratch"
    try createOwn(folder)
    return folder
  }

  /// Why this user may not use the folders, which exist; nil when nothing is known against it.
  var accessError: WorkFolderError? {
    guard access(base, F_OK) == 0, access(base, R_OK | W_OK | X_OK) != 0 else { return nil }
    return WorkFolderError(
      "using the folder '\(base)': \(String(cString: strerror(errno)))\(Self.sharing)")
  }

  private static let sharing =
    "; the user that the store belongs to must let you write to it: 'planctl help stores'"

  /// The roots whose folders exist, the oldest first.
  var roots: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
    return names.filter { (try? path($0)) != nil }.sorted()
  }

  /// Locks the folder of a tree, for one user or for several that share it.
  ///
  /// The folder stays locked until the descriptor and its copies in other processes are closed.
  /// Returns nil while another process holds a lock that excludes this one. Throws as `folder` does.
  func lock(root: String, shared: Bool = false) throws(WorkFolderError) -> Descriptor? {
    let folder = try folder(root: root)
    let number = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else {
      throw WorkFolderError("opening the folder '\(folder)': \(String(cString: strerror(errno)))")
    }
    let descriptor = Descriptor(number)
    if flock(number, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 { return descriptor }
    guard errno == EWOULDBLOCK else {
      throw WorkFolderError("locking the folder '\(folder)': \(String(cString: strerror(errno)))")
    }
    return nil
  }

  /// Whether a lock that is shared can be had now, or the folder does not exist yet; creates nothing.
  func canShare(root: String) -> Bool {
    guard let folder = try? path(root) else { return false }
    let descriptor = Descriptor(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    guard descriptor.number >= 0 else { return true }
    return flock(descriptor.number, LOCK_SH | LOCK_NB) == 0
  }

  /// Creates a folder with access for the user only, and the missing folders above it.
  ///
  /// Throws `WorkFolderError` when it cannot be created, or when it exists and other users can
  /// change it.
  static func createPrivate(_ path: String) throws(WorkFolderError) {
    try WorkFolders(base: path).createOwn(path)
  }

  /// Removes the folder of a tree and its contents; returns the error if that fails.
  @discardableResult
  func remove(root: String) -> WorkFolderError? { remove(in: root, "") }

  /// Removes the scratch folder of a tree; returns the error if that fails.
  func removeScratch(root: String) -> WorkFolderError? { remove(in: root, "/scratch") }

  /// Removes a part of a tree's folder; returns the error if that fails.
  private func remove(in root: String, _ part: String) -> WorkFolderError? {
    do throws(WorkFolderError) {
      let folder = try path(root) + part
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
  func path(_ root: String) throws(WorkFolderError) -> String {
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

  /// Creates a folder unless it exists, and the missing folders above it; checks who can change it.
  func createOwn(_ path: String) throws(WorkFolderError) {
    try create(path)
    try check(path)
  }

  private func create(_ path: String) throws(WorkFolderError) {
    var code = make(path)
    if code == ENOENT {
      try create(URL(fileURLWithPath: path).deletingLastPathComponent().path)
      code = make(path)
    }
    guard code == 0 else {
      let next =
        [EACCES, EPERM, EROFS].contains(code)
        ? "; the user that the store belongs to must let you write to the folder that contains it"
        : ""
      throw WorkFolderError(
        "creating the folder '\(path)': \(String(cString: strerror(code)))\(next)")
    }
  }

  /// Creates one folder unless it exists; returns the error number, or 0.
  private func make(_ path: String) -> Int32 {
    guard mkdir(path, 0o700) == 0 else { return errno == EEXIST ? 0 : errno }
    // Not by `mkdir`, which the user's mask restricts.
    return mode == 0o700 || chmod(path, mode) == 0 ? 0 : errno
  }

  /// Throws unless the path is a folder that nobody can change who cannot change the store.
  ///
  /// Every user can create files in the directory for temporary files, so the folder may have been
  /// created by another user.
  private func check(_ path: String) throws(WorkFolderError) {
    var status = stat()
    let isFolder = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    let isShared = mode != 0o700
    guard isFolder, isShared || [geteuid(), owner].contains(status.st_uid),
      status.st_mode & 0o022 & ~mode == 0
    else {
      throw WorkFolderError(
        """
        checking the folder '\(path)': it must be a folder, not a link, that belongs to the \
        current user and that other users cannot write to; remove it, or correct its owner and mode
        """)
    }
  }
}

/// What is wrong with a work folder, in one sentence.
struct WorkFolderError: Error, Hashable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
