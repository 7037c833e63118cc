import Planwright

/// A command of the tool.
protocol Command: Sendable {
  static var specification: CommandSpecification { get }

  /// Reads the words; throws `UsageError`, which names the word that is wrong.
  init(_ words: CommandWords) throws

  /// Carries the command out; what it throws is printed with its exit status.
  func run(_ context: CommandContext) async throws -> CommandResult
}

/// What a command has found or done, for people and for programs.
struct CommandResult: Sendable {
  var status = ExitStatus.done
  /// The result as JSON.
  var data = JSONValue.null
  /// The result as text, which ends with a line break; empty for none.
  var text = ""
  /// What the user should know beside the result, such as the next command to type.
  var messages: [String] = []
  /// Called once all of it was written; not when standard output is full or closed.
  var whenPrinted: (@Sendable () -> Void)?
}

/// What a command gets from the process that runs it.
struct CommandContext: Sendable {
  let console: Console
  let environment: [String: String]
  /// The clock.
  let now: @Sendable () -> Timestamp
  /// Whether the result is printed as JSON.
  var isJSON = false

  /// The name of the user, for `--by`.
  var userName: String? {
    ["USER", "LOGNAME"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
  }
}
