import Planwright

/// `planctl events`: the history of one plan or of all.
struct EventsCommand: Command {
  static let specification = CommandSpecification(
    name: "events", operands: "[ID]", operandCount: 0...1,
    summary: "print the events of one plan, or of all plans in the order of their commits",
    details: """
      With --json and --follow each event is one line of JSON. --follow goes on until it is \
      interrupted, or until the one plan has ended.
      """,
    options: [
      .init("--after", "CURSOR", "begin after this event"),
      .init("--follow", "wait for further events"),
      CommandSpecification.store,
    ],
    examples: [
      ("planctl events 01JD7", "the history of one plan"),
      ("planctl events --follow --json", "all events as lines of JSON, as they are committed"),
    ])

  private let words: CommandWords
  private let reference: PlanReference?
  private let after: EventCursor

  init(_ words: CommandWords) throws {
    self.words = words
    reference = try words.operands.first.map { (text) throws(UsageError) in try PlanReference(text)
    }
    after = try words.value(of: "--after").map { try EventCursor($0) } ?? .start
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    try await StoreLocation(words, context).withExisting { system in
      let selected = try await system.plans.read { snapshot in
        try reference?.find(in: snapshot).id
      }
      var result = CommandResult()
      var all: [JSONValue] = []
      let isFollowing = words.has("--follow")
      let end = try await system.plans.read { try $0.latestCursor() }
      guard isFollowing || after < end else {
        return CommandResult(data: [], messages: ["no events"])
      }
      for try await recorded in system.plans.changes(after: after) {
        if selected == nil || selected == recorded.event.plan {
          if isFollowing {
            let line = context.isJSON ? recorded.document.serialized() : recorded.line
            try context.console.output(line + "\n")
          } else {
            all.append(recorded.document)
            result.text += recorded.line + "\n"
          }
          let hasEnded = recorded.event.plan == selected && recorded.event.to.isFinal
          if isFollowing, hasEnded { break }
        }
        if !isFollowing, recorded.cursor >= end { break }
      }
      result.data = .array(all)
      return result
    }
  }
}

extension PlanStatus {
  /// Whether no command leads on from it.
  fileprivate var isFinal: Bool { [.applied, .cancelled].contains(state) }
}

extension RecordedEvent {
  fileprivate var document: JSONValue {
    let members = event.document.objectValue.map { Array($0) } ?? []
    return .object([("cursor", .string(cursor.description))] + members)
  }

  fileprivate var line: String {
    let from = event.from.map { "\($0) → " } ?? ""
    let detail = event.detail.map { "  \($0.words)" } ?? ""
    let origin = [event.by.map { "by \($0)" }, event.note].compactMap { $0 }.joined(separator: ": ")
    let signature = origin.isEmpty ? "" : "  (\(origin))"
    return "\(event.at.toSeconds)  \(event.plan)  \(event.sequence)  \(event.command.rawValue)  "
      + "\(from)\(event.to)\(detail)\(signature)".escaped
  }
}
