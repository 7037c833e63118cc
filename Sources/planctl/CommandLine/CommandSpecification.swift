/// What a command is called and accepts; help, completions and the manual page are made from it.
struct CommandSpecification: Sendable {
  /// An option of a command.
  struct Option: Sendable {
    /// The name with its dashes, as in `--limit`.
    let name: String
    /// The placeholder of its value, as in `N`; nil for an option without a value.
    let value: String?
    /// Whether it can be given several times.
    var repeats = false
    /// What it does, for the help.
    let summary: String

    /// An option without a value.
    init(_ name: String, _ summary: String) {
      (self.name, self.summary, value) = (name, summary, nil)
    }

    /// An option with a value.
    init(_ name: String, _ value: String, repeats: Bool = false, _ summary: String) {
      (self.name, self.value, self.summary) = (name, value, summary)
      self.repeats = repeats
    }
  }

  /// The words of the name, as in `store verify`.
  let name: String
  /// The operands, as in `ID...`; empty for none.
  var operands = ""
  /// How many operands are allowed.
  var operandCount: ClosedRange<Int> = 0...0
  /// What the command does, in one sentence without a full stop.
  let summary: String
  /// What the summary leaves open, in sentences.
  var details = ""
  var options: [Option] = []
  /// A command line that can be typed, and what it does.
  var examples: [(line: String, meaning: String)] = []

  /// The options that every command has.
  static let common = [
    Option("--json", "print one JSON document instead of text"),
    Option("--help", "print this text"),
  ]

  /// The option that selects the store.
  static let store = Option(
    "--store", "LOCATION",
    "the store: sqlite:FILE or postgresql://USER@HOST/DATABASE (default: $PLANWRIGHT_STORE, else "
      + "plans.db in the data directory)")

  /// The options of commands that an operator gives to plans.
  static let origin = [
    Option("--by", "NAME", "who gives the command, for the history (default: the user's name)"),
    Option("--note", "TEXT", "a note for the history"),
  ]

  /// All options, with those that every command has.
  var allOptions: [Option] { options + Self.common }

  func option(named name: String) -> Option? { allOptions.first { $0.name == name } }
}
