/// The words of this process's command line.
enum ProcessArguments {
  /// The words after the name of the program.
  ///
  /// Throws a `UsageError` for a word that is not UTF-8: the standard library would replace its bytes.
  static func words() throws(UsageError) -> [String] {
    var words: [String] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[index] else { break }
      guard let word = String(validatingCString: argument) else {
        throw UsageError(
          "word \(index) of the command line, '\(String(cString: argument).escaped)', is not UTF-8; "
            + "write it in UTF-8, or put the bytes into a file and name the file")
      }
      words.append(word)
    }
    return words
  }
}
