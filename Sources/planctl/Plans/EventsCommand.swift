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
      .init(
        "--after", "EVENT",
        "begin after this event: its cursor; for one plan, its number among the plan's events"),
      .init("--follow", "wait for further events"),
      CommandSpecification.store,
    ],
    examples: [
      ("planctl events 01JD7", "the history of one plan"),
      ("planctl events --follow --json", "all events as lines of JSON, as they are committed"),
    ])

  private let reference: PlanReference?
  private let isFollowing: Bool
  /// The place to begin, in all events; `.start` for one plan.
  private let cursor: EventCursor
  /// The place to begin, in the events of one plan.
  private let sequence: Int
  private let words: CommandWords

  init(_ words: CommandWords) throws {
    self.words = words
    isFollowing = words.has("--follow")
    reference = try words.operands.first.map { (text) throws(UsageError) in try PlanReference(text)
    }
    let isOfOnePlan = reference != nil
    sequence = isOfOnePlan ? try words.number("--after", in: 0...Int.max) ?? 0 : 0
    cursor =
      isOfOnePlan ? .start : try words.value(of: "--after").map { try EventCursor($0) } ?? .start
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    try await StoreLocation(words, context).reading(repeats: false) { system in
      var printer = EventPrinter(context: context, isFollowing: isFollowing)
      if let reference {
        try await printEvents(of: reference, system, &printer)
      } else {
        try await printAll(system, &printer)
      }
      return CommandResult(
        data: .array(printer.documents), messages: printer.isUsed ? [] : ["no events"])
    }
  }

  /// Prints the events of one plan; when following, until its last one.
  private func printEvents(
    of reference: PlanReference, _ system: PlanSystem, _ printer: inout EventPrinter
  ) async throws {
    let plan = try await system.plans.readRepeatedly { try reference.find(in: $0).id }
    var last = sequence
    while true {
      let after = last
      let (events, end) = try await system.plans.readRepeatedly { snapshot in
        (try snapshot.events(of: plan, after: after), try snapshot.latestCursor())
      }
      for event in events { try printer.print(event) }
      last = events.last?.sequence ?? last
      guard events.isEmpty else { continue }
      guard isFollowing, !printer.hasEnded else { return }
      for try await recorded in system.plans.changes(after: end)
      where recorded.event.plan == plan {
        try printer.print(recorded.event)
        if printer.hasEnded { return }
      }
      return
    }
  }

  /// Prints the events of all plans that are stored now; when following, also those to come.
  private func printAll(_ system: PlanSystem, _ printer: inout EventPrinter) async throws {
    let end = try await system.plans.readRepeatedly { try $0.latestCursor() }
    var next = cursor
    while next < end {
      let after = next
      let events = try await system.plans.readRepeatedly { try $0.events(after: after) }
      for recorded in events where recorded.cursor <= end { try printer.print(recorded) }
      guard let last = events.last?.cursor else { break }
      next = last
    }
    guard isFollowing else { return }
    for try await recorded in system.plans.changes(after: max(cursor, end)) {
      try printer.print(recorded)
    }
  }
}

/// Prints events as they come: as text, and as lines of JSON when following.
private struct EventPrinter {
  let context: CommandContext
  let isFollowing: Bool
  /// The events of a JSON document, which is printed at the end.
  private(set) var documents: [JSONValue] = []
  /// Whether there were events.
  private(set) var isUsed = false
  /// Whether no event of its plan follows the latest event.
  private(set) var hasEnded = false

  mutating func print(_ recorded: RecordedEvent) throws {
    try print(recorded.event, [("cursor", .string(recorded.cursor.description))])
  }

  /// Prints an event, as JSON with these members before its own.
  mutating func print(_ event: PlanEvent, _ members: [JSONObject.Member] = []) throws {
    isUsed = true
    hasEnded = [.applied, .cancelled].contains(event.to.state)
    guard context.isJSON else { return try context.console.output(event.line + "\n") }
    let own = event.document.objectValue.map { Array($0) } ?? []
    let document = JSONValue.object(members + own)
    if isFollowing {
      try context.console.output(document.printed + "\n")
    } else {
      documents.append(document)
    }
  }
}

extension PlanEvent {
  fileprivate var line: String {
    let from = from.map { "\($0) → " } ?? ""
    let detail = detail.map { "  \($0.words)" } ?? ""
    let origin = [by.map { "by \($0)" }, note].compactMap { $0 }.joined(separator: ": ")
    let signature = origin.isEmpty ? "" : "  (\(origin))"
    return "\(at.toSeconds)  \(plan)  \(sequence)  \(command.rawValue)  "
      + "\(from)\(to)\(detail)\(signature)".escaped
  }
}
