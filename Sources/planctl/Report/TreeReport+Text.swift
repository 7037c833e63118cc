import Planwright

extension TreeReport {
  /// The time at which the last plan ended; nil while one goes on.
  var endedAt: Timestamp? {
    guard top.status.isSettled else { return nil }
    return plans.map(\.progress.updatedAt).max()
  }

  /// The time from the creation of the plan until it ended, or until now.
  var duration: Duration { (endedAt ?? now).since(top.definition.createdAt) }

  /// The report in short.
  var text: String {
    var lines: [(String, String)] = [
      ("plan", top.id.description), ("status", top.status.description),
      ("action", "\(top.definition.action.name), version \(top.definition.action.version)"),
      ("description", top.definition.description),
      ("created", createdText), ("time", durationText),
      ("plans", "\(counts.total): \(counts.words)"), ("attempts", "\(attempts)"),
    ]
    for plan in failures.prefix(20) {
      lines.append(("failed", "\(plan.displayName) (\(plan.id)): \(plan.failureText)"))
    }
    if failures.count > 20 { lines.append(("failed", "and \(failures.count - 20) more")) }
    for step in nextSteps.prefix(5) { lines.append(("next", step)) }
    for note in notes { lines.append(("note", note)) }
    let width = lines.map(\.0.count).max() ?? 0
    return lines.map { name, value in
      "\(name)\(String(repeating: " ", count: width - name.count))  \(value.escaped)\n"
    }.joined()
  }

  /// What an operator can do next, plan by plan.
  var nextSteps: [String] {
    let parents = Dictionary(plans.map { ($0.id, $0) }) { $1 }
    return plans.compactMap { plan in
      let parent = plan.definition.position.flatMap { parents[$0.parent] }
      return plan.nextCommand(below: parent).map { "\(plan.displayName): \($0)" }
    }
  }

  var createdText: String {
    top.definition.createdAt.toSeconds + (top.definition.createdBy.map { " by \($0)" } ?? "")
  }

  var durationText: String {
    endedAt == nil ? "\(duration.brief) until now" : duration.brief
  }

  /// What is left out, in sentences.
  var notes: [String] {
    var notes: [String] = []
    if plansLeftOut > 0 {
      notes.append(
        "\(plansLeftOut) of \(counts.total) plans are counted, but not shown: "
          + "'planctl list --root \(top.definition.root)' lists them")
    }
    if eventsLeftOut > 0 {
      notes.append("\(eventsLeftOut) events of the plans are left out; 'planctl events' has them")
    }
    return notes
  }

  /// The report in short, as JSON.
  var document: JSONValue {
    .object([
      ("plan", top.document), ("counts", counts.document),
      ("attempts", .integer(Int64(attempts))),
      ("durationMilliseconds", .integer(Int64(duration / .milliseconds(1)))),
      ("failures", .array(failures.map(\.summary))),
      ("plansLeftOut", .integer(Int64(plansLeftOut))),
      ("eventsLeftOut", .integer(Int64(eventsLeftOut))),
    ])
  }
}

extension Plan {
  /// Why the plan failed, in words.
  var failureText: String {
    progress.failure.map { "\($0.code): \($0.message)" } ?? status.description
  }
}
