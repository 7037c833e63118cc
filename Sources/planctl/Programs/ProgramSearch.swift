#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Finds programs as a shell does.
enum ProgramSearch {
  /// Where POSIX systems keep their own programs: what is searched when there is no PATH.
  static let standardPath = "/usr/bin:/bin"

  /// The file of a program: the name itself when there is a slash in it, else the first file of
  /// that name along the search path that can be run.
  static func file(of program: String, along path: String?) throws(StartError) -> String {
    guard !program.isEmpty else { throw StartError("the command names no program") }
    guard !program.contains("/") else {
      try check(program)
      return program
    }
    var obstacle: StartError?
    for folder in (path ?? standardPath).split(separator: ":", omittingEmptySubsequences: false) {
      // An empty part is the current directory.
      let file = "\(folder.isEmpty ? "." : folder)/\(program)"
      guard access(file, F_OK) == 0 else { continue }
      do {
        try check(file)
        return file
      } catch {
        obstacle = obstacle ?? error
      }
    }
    throw obstacle ?? StartError("there is no program '\(program)' on PATH")
  }

  private static func check(_ file: String) throws(StartError) {
    var status = stat()
    if stat(file, &status) != 0 { throw StartError("starting '\(file)'", code: errno) }
    if status.st_mode & S_IFMT == S_IFDIR { throw StartError("starting '\(file)'", code: EISDIR) }
    if access(file, X_OK) != 0 { throw StartError("starting '\(file)'", code: errno) }
  }
}
