import Planwright

/// Prints what happens to trees line by line, for a pipe or a file.
struct WatchLines: Sendable {
  let console: Console
  /// Whether each line is a JSON document.
  let isJSON: Bool

  /// Prints how the trees are at the beginning; throws when it cannot be written.
  func print(_ trees: WatchedTrees) throws {
    for plan in trees.roots {
      if isJSON {
        try line(.object([("kind", "tree"), ("plan", plan.summary)]))
      } else {
        try line(
          "\(plan.progress.updatedAt.toSeconds)  \(plan.id)  \(plan.displayName)  \(plan.status)")
      }
    }
    guard trees.counts.total > 0 else { return }
    if isJSON {
      try line(.object([("kind", "counts"), ("counts", trees.counts.document)]))
    } else {
      try line(trees.counts.sentence)
    }
  }

  /// Prints an event of one of the trees; throws when it cannot be written.
  func print(_ event: PlanEvent, of trees: WatchedTrees) throws {
    let name = trees[event.plan]?.plan.displayName ?? ""
    if isJSON {
      return try line(
        .object([("kind", "event"), ("name", .string(name)), ("event", event.document)]))
    }
    let attempt = event.attempt > 1 ? "  attempt \(event.attempt)" : ""
    let detail = event.detail.map { "  \($0.words)" } ?? ""
    try line("\(event.at.toSeconds)  \(event.plan)  \(name)  \(event.to)\(attempt)\(detail)")
  }

  private func line(_ text: String) throws { try console.output(text.escaped + "\n") }

  private func line(_ document: JSONValue) throws {
    try console.output(document.printed + "\n")
  }
}
