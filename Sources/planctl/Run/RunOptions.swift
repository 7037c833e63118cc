import Planwright

/// The options and the plan file of `planctl run`.
struct RunOptions: Sendable {
  var file = ""
  var action: String?
  var arguments: [(name: String, text: String)] = []
  /// The location of the store; nil for a separate file of this run.
  var store: String?
  var concurrency = 4

  /// Parses the words after `run`; throws a `UsageError` that names the invalid word.
  init(_ words: [String]) throws(UsageError) {
    var files: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--arg": arguments.append(try Self.pair(try Self.value(of: word, &rest)))
      case "--action": action = try Self.value(of: word, &rest)
      case "--store": store = try Self.value(of: word, &rest)
      case "--concurrency":
        let text = try Self.value(of: word, &rest)
        guard let number = Int(text), (1...256).contains(number) else {
          throw UsageError("--concurrency: expected a number from 1 to 256, not '\(text)'")
        }
        concurrency = number
      case "--": files += rest; rest = []
      case _ where word.hasPrefix("-") && word != "-":
        throw UsageError("run: unknown option '\(word)'; 'planctl run --help' lists the options")
      default: files.append(word)
      }
    }
    guard let file = files.first else {
      throw UsageError("run: missing plan file; use 'planctl run FILE.json'")
    }
    guard files.count == 1 else {
      throw UsageError("run: expected one plan file; remove '\(files[1])'")
    }
    self.file = file
  }

  private static func value(
    of option: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> String {
    guard let value = rest.popFirst() else {
      throw UsageError("\(option): missing value after the option")
    }
    return value
  }

  private static func pair(_ text: String) throws(UsageError) -> (name: String, text: String) {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
      throw UsageError("--arg: expected NAME=VALUE, not '\(text)'")
    }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
  }
}
