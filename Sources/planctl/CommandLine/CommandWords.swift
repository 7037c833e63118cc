/// The words of a command line, divided into operands and options by a specification.
struct CommandWords: Sendable {
  let specification: CommandSpecification
  private(set) var operands: [String] = []
  private var values: [String: [String]] = [:]

  /// Divides the words after the command's name.
  ///
  /// `--option value` and `--option=value` are the same; after `--` every word is an operand. Throws
  /// `UsageError`, which names the word that is wrong and the command's help.
  init(_ words: [String], _ specification: CommandSpecification) throws(UsageError) {
    self.specification = specification
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      try read(option: word, &rest)
    }
    guard specification.operandCount.contains(operands.count) else {
      throw wrongCount()
    }
  }

  private mutating func read(
    option word: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts[0] == "-h" ? "--help" : String(parts[0])
    guard let option = specification.option(named: name) else {
      throw error("unknown option '\(name)'")
    }
    guard option.repeats || values[name] == nil else {
      throw error("\(name) is given twice; remove one of the two")
    }
    if option.value == nil {
      guard parts.count == 1 else { throw error("\(name) has no value; remove '=\(parts[1])'") }
      values[name] = []
    } else if parts.count == 2 {
      values[name, default: []].append(String(parts[1]))
    } else if let value = rest.popFirst() {
      values[name, default: []].append(value)
    } else {
      throw error("\(name): missing value after the option")
    }
  }

  private func wrongCount() -> UsageError {
    guard operands.count > specification.operandCount.upperBound else {
      return error("missing \(specification.operands)")
    }
    return error("unexpected word '\(operands[specification.operandCount.upperBound])'")
  }

  /// An error that names the command and its help.
  func error(_ reason: String) -> UsageError {
    UsageError(
      "\(specification.name): \(reason); 'planctl \(specification.name) --help' describes it")
  }

  /// Whether an option was given.
  func has(_ option: String) -> Bool { values[option] != nil }

  /// The values of an option, in order.
  func values(of option: String) -> [String] { values[option] ?? [] }

  /// The value of an option; nil when it was not given.
  func value(of option: String) -> String? { values[option]?.first }

  /// The value of an option as an integer in a range.
  func number(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = value(of: option) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw error(
        "\(option): expected a number from \(range.lowerBound) to \(range.upperBound), "
          + "not '\(text)'")
    }
    return number
  }

  /// The values of an option in the form `NAME=VALUE`, in order.
  func pairs(_ option: String) throws(UsageError) -> [(name: String, text: String)] {
    try values(of: option).map { (text) throws(UsageError) in
      guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
        throw error("\(option): expected NAME=VALUE, not '\(text)'")
      }
      return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }
  }
}

extension CommandWords {
  /// The value of an option that must be given.
  func required(_ option: String) throws(UsageError) -> String {
    guard let value = value(of: option) else {
      let placeholder = specification.option(named: option)?.value ?? ""
      throw error("missing \(option) \(placeholder)")
    }
    return value
  }
}
