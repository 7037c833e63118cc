import Planwright

/// `planctl watch`: shows how plans get on, until they have settled.
struct WatchCommand: Command {
  static let specification = CommandSpecification(
    name: "watch", operands: "[ID]", operandCount: 0...1,
    summary: "watch a plan and its descendants, or everything that is not finished",
    details: """
      On a terminal it is a tree that is drawn again and again; elsewhere, with NO_COLOR and with \
      TERM=dumb, it is one line for each event, with --json one JSON document for each. Nothing is \
      changed in the store. Ends when no more automatic step follows: with the exit status 0 when \
      the plans have succeeded, 1 when one has not, 6 when one waits for approval. Without ID, plans \
      that have settled when it begins are not watched: 'planctl doctor' tells what they wait for. \
      Ctrl-C ends it before that with 130; the plans go on.
      """,
    options: [CommandSpecification.store],
    examples: [
      ("planctl watch", "all trees of plans that are not finished"),
      ("planctl watch 01JD7 | tee log", "the events of one tree, as they are committed"),
    ])

  /// The shortest time between two drawings.
  private static let interval = Duration.milliseconds(100)
  /// How often ages and countdowns are drawn when nothing happens.
  private static let tick = Duration.seconds(1)

  private let words: CommandWords
  private let reference: PlanReference?

  init(_ words: CommandWords) throws {
    self.words = words
    reference = try words.operands.first.map { (text) throws(UsageError) in try PlanReference(text)
    }
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let terminal = Terminal.standardOutput(context.environment)
    let isLive = terminal.canOverwrite && !context.isJSON
    let interrupts = Interrupts {}
    defer { interrupts.end() }
    let trees = try await StoreLocation(words, context).reading(repeats: false) { system in
      var feed = WatchFeed(system.plans, reference)
      try await feed.load()
      let console = context.console
      if isLive {
        let text = LiveText(terminal, fillsScreen: true) { try? console.output($0) }
        // The second signal ends the process, on a screen that the first one has left.
        interrupts.replaceCall { text.end() }
        defer { text.end() }
        try await show(&feed, on: text, context, until: { interrupts.received != nil })
      } else {
        let lines = WatchLines(console: console, isJSON: context.isJSON)
        try await print(&feed, as: lines, context, until: { interrupts.received != nil })
      }
      return feed.trees
    }
    if let signal = interrupts.received, !trees.standStill {
      throw CommandError(.interrupted(signal: signal), "no longer watching; the plans go on")
    }
    return Self.result(trees)
  }

  /// Draws the trees until they have settled.
  private func show(
    _ feed: inout WatchFeed, on text: LiveText, _ context: CommandContext,
    until isInterrupted: () -> Bool
  ) async throws {
    var ticked: ContinuousClock.Instant?
    while !isInterrupted() {
      let hasChanged = try await !feed.advance().isEmpty
      let isDue = ticked.map { ContinuousClock.now - $0 >= Self.tick } ?? true
      if isDue {
        try await feed.refresh(at: context.now())
        ticked = .now
      }
      if hasChanged || isDue {
        text.show { [trees = feed.trees, hasMore = feed.hasMore, now = context.now] size in
          WatchLayout.lines(of: trees, hasMore: hasMore, at: now(), size)
        }
      }
      if try await feed.hasSettled() { return }
      try await Task.sleep(for: Self.interval)
    }
  }

  /// Prints a line for each event until the trees have settled.
  private func print(
    _ feed: inout WatchFeed, as lines: WatchLines, _ context: CommandContext,
    until isInterrupted: () -> Bool
  ) async throws {
    try lines.print(feed.trees)
    var ticked = ContinuousClock.now
    while !isInterrupted() {
      if try await feed.hasSettled() { return }
      try await Task.sleep(for: Self.interval)
      for event in try await feed.advance() { try lines.print(event, of: feed.trees) }
      guard ContinuousClock.now - ticked >= Self.tick else { continue }
      try await feed.refresh(at: context.now())
      ticked = .now
    }
  }

  private static func result(_ trees: WatchedTrees) -> CommandResult {
    let roots = trees.roots
    let groups = Set(roots.map(\.group))
    var result = CommandResult(data: .array(roots.map(\.summary)))
    if groups.contains(.failed) || groups.contains(.cancelled) {
      result.status = .failed
    } else if !trees.approvals.isEmpty {
      result.status = .waitsForApproval
    } else if !trees.areSettled {
      result.status = .failed
    }
    if roots.isEmpty { result.messages.append("everything has ended, or waits for an operator") }
    for plan in roots.prefix(10) {
      let next = plan.nextCommand(below: nil).map { "; \($0)" } ?? ""
      result.messages.append("\(plan.id) is at \(plan.status)\(next)")
    }
    for plan in trees.approvals.prefix(10) where !roots.contains(where: { $0.id == plan.id }) {
      result.messages.append("\(plan.displayName) is at \(plan.status); planctl advance \(plan.id)")
    }
    if roots.count > 10 { result.messages.append("and \(roots.count - 10) more") }
    return result
  }
}
