/// The texts of `help`, made from the specifications of the commands.
enum HelpText {
  /// The topics of `planctl help TOPIC` that are not commands.
  static let topics: [(name: String, summary: String, text: String)] = [
    ("file", "what a plan file contains, key by key", PlanFile.help),
    ("programs", "what programs get and return", ProgramHandler.help),
    ("exit-codes", "the exit statuses of all commands", ExitStatus.help),
    ("stores", "where plans are stored, and how to name a store", StoreLocation.help),
  ]

  /// The overview of all commands.
  static var overview: String {
    var text = """
      Usage: planctl COMMAND [WORD]...

      Creates plans, runs them with programs, and looks after the store that keeps them.


      """
    let entries = Commands.all.map { ($0.specification.name, $0.specification.summary) }
    text += list(entries)
    text += "\nTopics:\n" + list(topics.map { ($0.name, $0.summary) })
    text += """

      'planctl help COMMAND' describes a command, 'planctl help TOPIC' a topic.
      'planctl --version' prints the version.

      """
    return text
  }

  /// The description of one command.
  static func text(of command: CommandSpecification) -> String {
    let usage = ["planctl", command.name, command.operands, "[OPTION]..."]
    var text = "Usage: \(usage.filter { !$0.isEmpty }.joined(separator: " "))\n\n"
    text += wrapped(command.summary.prefix(1).uppercased() + command.summary.dropFirst() + ".")
    if !command.details.isEmpty { text += "\n" + wrapped(command.details) }
    text += "\nOptions:\n"
    text += list(
      command.allOptions.map { option in
        (
          [option.name, option.value].compactMap { $0 }.joined(separator: " "),
          option.summary + (option.repeats ? "; can be repeated" : "")
        )
      })
    if !command.examples.isEmpty { text += "\nExamples:\n" }
    for example in command.examples { text += "  \(example.line)\n      \(example.meaning)\n" }
    return text
  }

  /// The text of `help WORD...`; throws `UsageError` when there is no such command or topic.
  static func text(for words: [String]) throws -> String {
    guard !words.isEmpty else { return overview }
    let name = words.joined(separator: " ")
    if let topic = topics.first(where: { $0.name == name }) { return topic.text }
    if let command = Commands.all.first(where: { $0.specification.name == name }) {
      return text(of: command.specification)
    }
    let group = Commands.all.filter { $0.specification.name.hasPrefix(name + " ") }
    guard !group.isEmpty else {
      throw UsageError(
        "help: there is no command or topic '\(name)'; 'planctl help' lists them")
    }
    return "Usage: planctl \(name) COMMAND\n\n"
      + list(group.map { ($0.specification.name, $0.specification.summary) })
  }

  private static func list(_ entries: [(name: String, summary: String)]) -> String {
    let column = min(28, (entries.map(\.name.count).max() ?? 0) + 2)
    return entries.map { name, summary in
      let lines = fill(summary, width: 96 - column)
      let isLong = name.count + 2 > column
      let padding = String(repeating: " ", count: isLong ? 0 : column - name.count)
      let indent = "\n  " + String(repeating: " ", count: column)
      return "  \(name)\(isLong ? indent : padding)\(lines.joined(separator: indent))\n"
    }.joined()
  }

  private static func wrapped(_ text: some StringProtocol) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix(" ") ? String($0) : fill(String($0), width: 98).joined(separator: "\n") }
      .joined(separator: "\n") + "\n"
  }

  private static func fill(_ text: String, width: Int) -> [String] {
    text.split(separator: " ").reduce(into: [""]) { lines, word in
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
  }
}
