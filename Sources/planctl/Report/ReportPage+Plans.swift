import Planwright

extension ReportPage {
  /// The plans, each below its parent, with what is known about them.
  var tree: String {
    // In the order of the tree: each plan is followed by its descendants.
    let children = Dictionary(grouping: report.plans.filter { $0.id != report.top.id }) {
      $0.definition.position?.parent
    }
    var rows: [String] = []
    var open = [report.top]
    while let plan = open.popLast() {
      rows.append(row(plan))
      open += (children[plan.id] ?? []).reversed()
    }
    let rest = report.plansLeftOut
    return """
      <section>
      <h2>Plans</h2>
      \(rows.joined(separator: "\n"))
      \(rest > 0 ? "<p class=\"soft\">and \(rest) more plans</p>" : "")
      </section>
      """
  }

  private func row(_ plan: Plan) -> String {
    let depth = plan.definition.depth - report.top.definition.depth
    let length = (plan.status.isSettled ? plan.progress.updatedAt : report.now)
      .since(plan.definition.createdAt).precise
    let progress = plan.progressText(at: report.now, since: nil)
    let text = plan.group == .done ? "" : progress.beginning(ofCharacters: 300)
    let note = text.isEmpty ? "" : "<span class=\"note soft\">\(Self.foreign(text))</span>"
    return """
      <details class="plan" style="--depth: \(depth)"><summary>\
      <span class="name">\(Self.foreign(plan.displayName))</span> \(Self.pill(plan)) \
      <span class="soft">\(length)</span>\(note)</summary>
      <dl class="plain">
      \(facts(of: plan).map { "<dt>\($0)</dt><dd>\($1)</dd>" }.joined(separator: "\n"))
      </dl>
      </details>
      """
  }

  /// The facts of a plan as markup.
  private func facts(of plan: Plan) -> [(String, String)] {
    let (definition, progress) = (plan.definition, plan.progress)
    var facts: [(String, String)] = [
      ("plan", "<code>\(plan.id)</code>"),
      ("description", Self.foreign(definition.description.beginning(ofCharacters: 1_000))),
      ("done when", Self.foreign(definition.definitionOfDone.beginning(ofCharacters: 1_000))),
      ("action", Self.foreign("\(definition.action.name), version \(definition.action.version)")),
      ("actor", Self.foreign(plan.actor.description)),
      ("attempt", "\(progress.attempt) of \(definition.action.retry.attempts)"),
      ("created", Self.time(definition.createdAt)), ("updated", Self.time(progress.updatedAt)),
    ]
    if let by = definition.createdBy { facts.append(("created by", Self.foreign(by))) }
    if !definition.projects.isEmpty {
      let names = definition.projects.map { $0.name.description + ($0.readOnly ? " (read)" : "") }
      facts.append(("projects", Self.foreign(names.joined(separator: ", "))))
    }
    for label in definition.labels.sorted(by: { $0.key < $1.key }) {
      facts.append(("label", "<code>\("\(label.key)=\(label.value)".htmlEscaped)</code>"))
    }
    if let lease = progress.lease {
      let text = "\(lease.owner), until \(lease.expiresAt.toSeconds)"
      facts.append(("lease", Self.foreign(text)))
    }
    if let checkpoint = progress.checkpoint {
      facts.append(("checkpoint", Self.foreign(checkpoint.step.description)))
    }
    if progress.failure != nil {
      let text = plan.failureText.beginning(ofCharacters: 4_000)
      facts.append(("failure", "<pre>\(text.htmlLines)</pre>"))
    }
    for error in programErrors(of: plan) { facts.append((error.title, error.markup)) }
    for document in documents[plan.id] {
      facts.append((document.name, "<pre>\(document.text.htmlLines)</pre>"))
    }
    return facts
  }

  /// The events of all plans in the order of their times.
  var events: String {
    let names = report.plans.reduce(into: [:]) { $0[$1.id] = $1.displayName }
    let all = report.events.values.joined().sorted {
      ($0.at, $0.plan, $0.sequence) < ($1.at, $1.plan, $1.sequence)
    }
    let shown = all.suffix(Self.largestEventCount)
    let rows = shown.map { event in
      let from = event.from.map { "\($0) → " } ?? ""
      let detail = [event.detail?.words, event.by.map { "by \($0)" }, event.note]
        .compactMap { $0 }.joined(separator: "; ").beginning(ofCharacters: 500)
      return """
        <tr><td>\(event.at.toMilliseconds)</td><td>\(Self.foreign(names[event.plan] ?? ""))</td>\
        <td>\(event.command.rawValue)</td><td>\(from)\(event.to)</td><td>\(event.attempt)</td>\
        <td class="wide">\(Self.foreign(detail))</td></tr>
        """
    }
    let rest = all.count - shown.count
    return """
      <section>
      <details open="open"><summary>Events: \(shown.count)\
      \(rest > 0 ? ", without \(rest) older ones" : "")</summary>
      <div class="scroll"><table>
      <thead><tr><th>time</th><th>plan</th><th>command</th><th>status</th><th>attempt</th>\
      <th>details</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      </details>
      </section>
      """
  }
}

extension Timestamp {
  /// The time in UTC with milliseconds, as in `2026-01-31 08:00:00.250`.
  fileprivate var toMilliseconds: String {
    String(description.dropLast(4)).replacing("T", with: " ")
  }
}
