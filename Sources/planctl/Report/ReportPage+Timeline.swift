import Planwright

extension ReportPage {
  /// The times of the plans: a row with bars for each.
  var timeline: String {
    let shown = report.plans.prefix(Self.largestRowCount)
    let rows = shown.map { plan in
      (plan, Timeline(of: plan, report.events[plan.id] ?? [], at: report.now))
    }
    let segments = rows.flatMap(\.1.segments)
    guard let start = segments.map(\.start).min(), let end = segments.map(\.end).max() else {
      return ""
    }
    let scale = Scale(start: start, end: max(end, start.adding(.milliseconds(1))))
    let bars = rows.map { row($0, $1, scale) }.joined(separator: "\n")
    let rest = report.counts.total - shown.count
    return """
      <section>
      <h2>Timeline</h2>
      <div class="legend">
      \(Self.legend)
      </div>
      <div class="time"><div class="axis-space"></div>\
      <div class="axis">\(scale.marks.map { "<span>\($0)</span>" }.joined())</div></div>
      \(bars)
      \(rest > 0 ? "<p class=\"soft\">and \(rest) more plans without a row</p>" : "")
      </section>
      """
  }

  private static var legend: String {
    let kinds = Timeline.Kind.allCases.map { ($0.rawValue, $0.words) }
    return (kinds + [("error", "attempt that failed")]).map { name, words in
      """
      <span><svg viewBox="0 0 10 10" aria-hidden="true">\
      <rect class="\(name)" width="10" height="10" rx="2"/></svg>\(words)</span>
      """
    }.joined(separator: "\n")
  }

  private func row(_ plan: Plan, _ timeline: Timeline, _ scale: Scale) -> String {
    let bars = timeline.segments.map { segment in
      let (from, to) = (scale.position(of: segment.start), scale.position(of: segment.end))
      let name = segment.hasFailed ? "error" : segment.kind.rawValue
      let attempt = segment.kind == .processing ? ", attempt \(segment.attempt)" : ""
      let outcome = segment.hasFailed ? ", failed" : segment.isOpen ? ", until now" : ""
      let length = segment.end.since(segment.start).precise
      let title = "\(segment.phase.rawValue): \(segment.kind.words)\(attempt), \(length)\(outcome)"
      return """
        <rect class="\(name)" x="\(Scale.text(from))" y="0" \
        width="\(Scale.text(max(2, to - from)))" height="16"><title>\(title)</title></rect>
        """
    }
    let depth = plan.definition.depth - report.top.definition.depth
    return """
      <div class="time" style="--depth: \(depth)">\
      <div class="name" title="\(plan.displayName.htmlEscaped)">\(Self.foreign(plan.displayName))\
      </div><svg viewBox="0 0 1000 16" preserveAspectRatio="none" role="img" \
      aria-label="times of \(plan.displayName.htmlEscaped)">\(bars.joined())</svg></div>
      """
  }

  /// Where times are on the axis, in thousandths of its length.
  private struct Scale {
    let start: Timestamp
    let end: Timestamp

    func position(of time: Timestamp) -> Double {
      1_000 * (time.since(start) / end.since(start))
    }

    static func text(_ position: Double) -> String {
      String((position * 100).rounded() / 100)
    }

    /// The beginning, the middle and the end: the first as a time, the others after it.
    var marks: [String] {
      let length = end.since(start)
      return [ReportPage.time(start), "+\((length / 2).precise)", "+\(length.precise)"]
    }
  }
}

extension Duration {
  /// The duration with milliseconds below ten seconds, else as `brief`.
  var precise: String {
    guard self < .seconds(10) else { return brief }
    let milliseconds = Int64(self / .milliseconds(1))
    guard milliseconds >= 1_000 else { return "\(milliseconds)ms" }
    return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100)s"
  }
}
