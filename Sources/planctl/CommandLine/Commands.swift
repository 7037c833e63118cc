/// All commands, in the order of the help.
enum Commands {
  /// A command of the tool.
  struct Entry: Sendable {
    let specification: CommandSpecification
    /// Reads the words and carries the command out.
    let run: @Sendable (CommandWords, CommandContext) async throws -> CommandResult

    init<C: Command>(_ command: C.Type) {
      specification = command.specification
      run = { words, context in try await command.init(words).run(context) }
    }

    init(_ verb: OperatorVerb) {
      specification = verb.specification
      run = { words, context in try await OperatorRun(verb, words).run(context) }
    }
  }

  static let all: [Entry] =
    [
      Entry(RunCommand.self), Entry(WorkerCommand.self), Entry(UseCommand.self),
      Entry(ListCommand.self), Entry(StatusCommand.self), Entry(TreeCommand.self),
      Entry(EventsCommand.self), Entry(ResultCommand.self),
    ] + OperatorVerb.allCases.map(Entry.init) + [
      Entry(WatchCommand.self), Entry(ReportCommand.self), Entry(DoctorCommand.self),
      Entry(ActionCreateCommand.self),
      Entry(ActionRegisterCommand.self), Entry(ActionListCommand.self),
      Entry(ActionShowCommand.self), Entry(ActionArchiveCommand.self),
      Entry(StoreInfoCommand.self), Entry(StoreVerifyCommand.self),
      Entry(StoreBackupCommand.self), Entry(StoreRestoreCommand.self),
      Entry(StoreExportCommand.self), Entry(StoreImportCommand.self),
      Entry(StoreCheckpointCommand.self), Entry(StorePurgeCommand.self),
      Entry(SchemaCommand.self), Entry(CompletionsCommand.self), Entry(ManualCommand.self),
    ]

  /// The command that the words begin with, and the words after its name.
  ///
  /// Throws `UsageError` when there is none, with the commands that begin alike.
  static func find(_ words: [String]) throws(UsageError) -> (command: Entry, rest: [String]) {
    for count in [2, 1] {
      let name = words.prefix(count).joined(separator: " ")
      for command in all where command.specification.name == name {
        return (command, Array(words.dropFirst(count)))
      }
    }
    let first = words.first ?? ""
    guard !first.hasPrefix("-") else {
      throw UsageError(
        "missing command before '\(first)', as in 'planctl list --json'; 'planctl help' lists the "
          + "commands")
    }
    let group = all.map(\.specification.name).filter { $0.hasPrefix(first + " ") }
    let next = words.dropFirst().first.flatMap { $0.hasPrefix("-") ? nil : $0 }
    guard group.isEmpty else {
      throw UsageError(
        "\(first): \(next.map { "unknown command '\($0)'" } ?? "missing command"); "
          + "the commands are \(group.joined(separator: ", "))")
    }
    throw UsageError("unknown command '\(first)'; 'planctl help' lists the commands")
  }
}
