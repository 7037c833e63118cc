import Planwright

/// A report as one HTML page that needs no network and no script.
struct ReportPage {
  /// The largest number of plans with a row in the timeline.
  static let largestRowCount = 300
  /// The largest number of events in the table.
  static let largestEventCount = 2_000
  /// The largest number of failures that are told at length.
  static let largestFailureCount = 50

  let report: TreeReport
  let documents: DocumentTexts

  init(_ report: TreeReport) {
    self.report = report
    documents = DocumentTexts(report)
  }

  /// The whole page; it is well-formed XML too, so that strict parsers read it.
  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'" />
    <meta name="referrer" content="no-referrer" />
    <title>\(report.top.definition.description.cut(toColumns: 80).htmlEscaped)</title>
    <style>
    \(ReportStyle.css)
    </style>
    </head>
    <body>
    <main>
    \(header)
    \(summary)
    \(failures)
    \(timeline)
    \(tree)
    \(events)
    \(footer)
    </main>
    </body>
    </html>

    """
  }

  private var header: String {
    let plan = report.top
    let action = "\(plan.definition.action.name), version \(plan.definition.action.version)"
    return """
      <header>
      <h1>\(Self.foreign(plan.definition.description))</h1>
      <p>\(Self.pill(plan)) <span class="soft">\(action.htmlEscaped)</span></p>
      <p class="soft"><code>\(plan.id)</code></p>
      </header>
      """
  }

  private var summary: String {
    let plan = report.top
    let by = Self.foreign(plan.definition.createdBy ?? "")
    let others = PlanGroup.allCases.filter {
      report.counts[$0] > 0 && ![.done, .failed].contains($0)
    }
    let facts: [(String, String)] =
      [
        ("created", Self.time(plan.definition.createdAt)), ("by", by),
        ("time", report.durationText),
        ("plans", "\(report.counts.total)"), ("done", "\(report.counts[.done])"),
        ("failed", "\(report.counts[.failed])"),
      ] + others.map { ($0.words, "\(report.counts[$0])") } + [
        ("attempts", "\(report.attempts)"), ("reverts", "\(plan.progress.reversionCount)"),
        ("report of", Self.time(report.now)),
      ]
    let cells = facts.filter { $0.0 != "by" || plan.definition.createdBy != nil }.map {
      "<div><dt>\($0)</dt><dd>\($1)</dd></div>"
    }.joined(separator: "\n")
    let next = report.nextSteps.prefix(5)
      .map { "<p>\(Self.foreign($0))</p>" }.joined(separator: "\n")
    return """
      <section>
      <h2>Summary</h2>
      <dl class="facts">
      \(cells)
      </dl>
      \(next.isEmpty ? "" : "<h2 class=\"below\">What to do next</h2>\n\(next)")
      </section>
      """
  }

  private var failures: String {
    let failed = report.failures
    guard !failed.isEmpty else { return "" }
    let articles = failed.prefix(Self.largestFailureCount).map { plan in
      let failure = plan.progress.failure
      let detail = failure?.detail.map { JSONPreview($0, limit: 4_000).text }
      return """
        <article>
        <p><span class="name">\(Self.foreign(plan.displayName))</span> \(Self.pill(plan))</p>
        <pre>\(plan.failureText.beginning(ofCharacters: 8_000).htmlLines)</pre>
        \(detail.map { "<pre>\($0.htmlLines)</pre>" } ?? "")
        \(programErrors(of: plan).suffix(1).map { "<p class=\"soft\">\($0)</p>\($1)" }.joined())
        <p class="soft">attempt \(plan.progress.attempt) of \
        \(plan.definition.action.retry.attempts), <code>\(plan.id)</code></p>
        </article>
        """
    }
    let rest = failed.count - articles.count
    return """
      <section>
      <h2>Failures</h2>
      \(articles.joined(separator: "\n"))
      \(rest > 0 ? "<p class=\"soft\">and \(rest) more</p>" : "")
      </section>
      """
  }

  /// What programs of the plan wrote to standard error, with a title for each attempt.
  func programErrors(of plan: Plan) -> [(title: String, markup: String)] {
    (report.programErrors[plan.id] ?? []).map { error in
      let text = error.text.beginning(ofCharacters: 16_000).htmlLines
      let title = "standard error of \(error.phase.htmlEscaped), attempt \(error.attempt)"
      return (title, "<pre>\(text)</pre>")
    }
  }

  private var footer: String {
    let notes = report.notes + documents.notes
    let items = notes.map { "<p>\($0.htmlEscaped)</p>" }.joined(separator: "\n")
    return """
      <footer>
      \(items)
      <p>Written by planctl \(PlanctlCommand.version) at \(report.now.toSeconds). \
      Times are in UTC.</p>
      </footer>
      """
  }

  /// Foreign text: whatever its direction, it does not move what is beside it.
  static func foreign(_ text: String) -> String { "<bdi>\(text.htmlEscaped)</bdi>" }

  /// A time to the second.
  static func time(_ time: Timestamp) -> String {
    "<time>\(time.description.prefix { $0 != "." }.replacing("T", with: " "))</time>"
  }

  /// The status of a plan with its colour.
  static func pill(_ plan: Plan) -> String {
    let look =
      switch plan.group {
      case .failed: "failed"
      case .done: "done"
      case .running: "running"
      case .waitsForApproval: "approval"
      case .waiting, .retrying, .queued, .cancelled: "quiet"
      }
    return "<span class=\"pill \(look)\">\(plan.status)</span>"
  }
}
