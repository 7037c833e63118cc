#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Finds the file of a program as a shell does.
enum ProgramSearch {
  /// The search path when the environment has no PATH.
  static let standardPath = "/usr/bin:/bin"

  /// The path of a program: `program` itself if it contains a slash, else the first executable file
  /// of this name along the search path.
  ///
  /// Throws a `StartError` that names the program and why no file of this name can be run.
  static func file(of program: String, along path: String?) throws(StartError) -> String {
    guard !program.isEmpty else {
      throw StartError("starting a program: its name is empty; name a program in the command")
    }
    guard !program.contains("/") else {
      try check(program)
      return program
    }
    var firstError: StartError?
    for folder in (path ?? standardPath).split(separator: ":", omittingEmptySubsequences: false) {
      // In POSIX an empty element means the current directory.
      let file = "\(folder.isEmpty ? "." : folder)/\(program)"
      guard access(file, F_OK) == 0 else { continue }
      do {
        try check(file)
        return file
      } catch {
        firstError = firstError ?? error
      }
    }
    throw firstError
      ?? StartError("starting '\(program)': there is no program of this name along PATH")
  }

  private static func check(_ file: String) throws(StartError) {
    var status = stat()
    if stat(file, &status) != 0 { throw StartError("starting '\(file)'", code: errno) }
    if status.st_mode & S_IFMT == S_IFDIR { throw StartError("starting '\(file)'", code: EISDIR) }
    if access(file, X_OK) != 0 { throw StartError("starting '\(file)'", code: errno) }
  }
}
