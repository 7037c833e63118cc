/// All commands, in the order of the help.
enum Commands {
  static let all: [any Command.Type] = [
    RunCommand.self, UseCommand.self, ListCommand.self, StatusCommand.self, TreeCommand.self,
    EventsCommand.self, ResultCommand.self, AdvanceCommand.self, RetryCommand.self,
    RevertCommand.self, CancelCommand.self, ExpediteCommand.self, EvictCommand.self,
    DoctorCommand.self, ActionCreateCommand.self, ActionRegisterCommand.self,
    ActionListCommand.self,
    ActionShowCommand.self, ActionArchiveCommand.self, StoreInfoCommand.self,
    StoreVerifyCommand.self, StoreBackupCommand.self, StoreCheckpointCommand.self,
    StorePurgeCommand.self, CompletionsCommand.self, ManualCommand.self,
  ]

  /// The command that the words begin with, and the words after its name.
  ///
  /// Throws `UsageError` when there is none, with the commands that begin alike.
  static func find(_ words: [String]) throws -> (command: any Command.Type, rest: [String]) {
    for count in [2, 1] {
      let name = words.prefix(count).joined(separator: " ")
      for command in all where command.specification.name == name {
        return (command, Array(words.dropFirst(count)))
      }
    }
    let first = words.first ?? ""
    let group = all.map { $0.specification.name }.filter { $0.hasPrefix(first + " ") }
    guard group.isEmpty else {
      throw UsageError(
        "\(first): \(words.count > 1 ? "unknown command '\(words[1])'" : "missing command"); "
          + "the commands are \(group.joined(separator: ", "))")
    }
    throw UsageError("unknown command '\(first)'; 'planctl help' lists the commands")
  }
}
