import Planwright

/// What stands behind `planctl run`.
struct RunOptions: Sendable {
  var file = ""
  var action: String?
  var arguments: [(name: String, text: String)] = []
  /// The location that was given; the run's own file when none was.
  var store: String?
  var concurrency = 4

  /// Reads the words after `run`; throws a sentence naming the word that is wrong.
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
          throw UsageError("--concurrency: a number between 1 and 256 was expected")
        }
        concurrency = number
      case "--": files += rest; rest = []
      case _ where word.hasPrefix("-") && word != "-":
        throw UsageError("there is no option '\(word)'; planctl run --help lists them")
      default: files.append(word)
      }
    }
    guard let file = files.first else {
      throw UsageError("run: the plan file is missing; write planctl run FILE.json")
    }
    guard files.count == 1 else {
      throw UsageError("run: one plan file was expected, not also '\(files[1])'")
    }
    self.file = file
  }

  private static func value(
    of option: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> String {
    guard let value = rest.popFirst() else { throw UsageError("\(option): its value is missing") }
    return value
  }

  private static func pair(_ text: String) throws(UsageError) -> (name: String, text: String) {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
      throw UsageError("--arg: name=value was expected")
    }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
  }
}
