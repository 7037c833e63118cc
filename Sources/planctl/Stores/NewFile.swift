#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file that a command creates and that replaces nothing.
struct NewFile: Sendable {
  let path: String
  /// What is appended to the path for the files that belong to it.
  private let suffixes: [String]

  /// Takes the path from the command line; throws `UsageError` when it is empty.
  init(_ words: CommandWords, suffixes: [String] = []) throws(UsageError) {
    path = words.operands[0]
    self.suffixes = suffixes
    guard !path.isEmpty else { throw words.error("the name of the file is empty") }
  }

  /// Throws `CommandError` (conflict) when something exists at the path, also a link to nothing.
  func checkIsFree() throws(CommandError) {
    for file in [path] + suffixes.map({ path + $0 }) {
      var status = stat()
      guard lstat(file, &status) != 0 else {
        throw CommandError(
          .conflict,
          "'\(file)' exists already, and nothing is overwritten; name another file, or move this "
            + "one away")
      }
    }
  }
}
