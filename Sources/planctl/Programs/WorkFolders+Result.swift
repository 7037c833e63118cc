#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The mark of a tree whose result was not printed yet.
///
/// After a kill between the end of a plan and the output of its result, the same command finds the
/// mark and prints the result, instead of doing the work again.
extension WorkFolders {
  /// Marks the result of a tree as not printed.
  func markResultPending(root: String) throws(WorkFolderError) {
    let path = try folder(root: root) + Self.mark
    let descriptor = Descriptor(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode & 0o666))
    guard descriptor.number >= 0 else {
      throw WorkFolderError("creating the file '\(path)': \(String(cString: strerror(errno)))")
    }
  }

  /// Whether the result of a tree was not printed yet.
  func isResultPending(root: String) -> Bool {
    guard let folder = try? path(root) else { return false }
    return access(folder + Self.mark, F_OK) == 0
  }

  /// Removes the mark and the scratch folder of a tree, once its result was printed.
  ///
  /// What is kept of standard error stays. Returns the error of the removal, if any.
  @discardableResult
  func finish(root: String) -> WorkFolderError? {
    guard let folder = try? path(root) else { return nil }
    unlink(folder + Self.mark)
    let error = removeScratch(root: root)
    // Fails when something is kept.
    rmdir(folder)
    return error
  }

  private static let mark = "/result-pending"
}
