import Planwright

/// The lines that show trees on a terminal of a certain size, at most as many as it has rows.
///
/// When there are more plans than rows, the most urgent ones are shown with their ancestors, and
/// one line below each plan counts those of its descendants that are not. The cost grows with the
/// number of plans only by a few passes over an array.
struct WatchLayout {
  private struct Row {
    let name: StyledText
    let status: StyledText
    let details: StyledText
  }

  private let trees: WatchedTrees
  private let now: Timestamp
  private let size: Terminal.Size
  /// Whether there are trees that are not in `trees`.
  private let hasMore: Bool
  private var isShown: [Bool]
  /// The places of the children of a plan that are shown; of -1 the roots.
  private var children: [Int: [Int]] = [:]
  /// The groups of all children of a plan that is shown.
  private var childCounts: [Int: GroupCounts] = [:]
  /// The groups of the descendants that are not shown, by their closest ancestor that is.
  private var hidden: [Int: GroupCounts] = [:]

  private init(_ trees: WatchedTrees, hasMore: Bool, at now: Timestamp, _ size: Terminal.Size) {
    self.trees = trees
    self.hasMore = hasMore
    self.now = now
    self.size = size
    isShown = [Bool](repeating: false, count: trees.entries.count)
  }

  /// The lines, at most `size.rows - 1` and at least two.
  static func lines(
    of trees: WatchedTrees, hasMore: Bool = false, at now: Timestamp, _ size: Terminal.Size
  ) -> [StyledText] {
    var layout = WatchLayout(trees, hasMore: hasMore, at: now, size)
    layout.select()
    layout.count()
    return layout.lines
  }

  /// Selects the plans that are shown.
  private mutating func select() {
    let entries = trees.entries
    // One row is the headline, one stays free.
    var free = max(1, size.rows - 2) - (hasMore ? 1 : 0)
    guard entries.count > free else {
      isShown = [Bool](repeating: true, count: entries.count)
      return
    }
    var hasChildren = [Bool](repeating: false, count: entries.count)
    for entry in entries { if let parent = entry.parent { hasChildren[parent] = true } }
    var groups = [[Int]](repeating: [], count: PlanGroup.allCases.count)
    for (place, entry) in entries.enumerated() { groups[entry.plan.group.rawValue].append(place) }
    // The row that counts the roots that are not shown.
    free -= 1
    for place in groups.joined() {
      var path: [Int] = []
      var next: Int? = place
      while let current = next, !isShown[current] {
        path.append(current)
        next = entries[current].parent
      }
      // A plan with children takes a second row, for those that are not shown.
      let cost = path.reduce(0) { $0 + (hasChildren[$1] ? 2 : 1) }
      guard cost <= free || !isShown.contains(true) && cost <= free + 1 else {
        if free < 1 { break } else { continue }
      }
      for place in path { isShown[place] = true }
      free -= cost
    }
  }

  /// Counts the children of the plans that are shown, and the plans that are not.
  private mutating func count() {
    // A parent is before its children, so its own closest ancestor is known.
    var closest = [Int](repeating: -1, count: trees.entries.count)
    for (place, entry) in trees.entries.enumerated() {
      let parent = entry.parent ?? -1
      if isShown[place] {
        closest[place] = place
        children[parent, default: []].append(place)
      } else {
        closest[place] = parent < 0 ? -1 : closest[parent]
        hidden[closest[place], default: GroupCounts()][entry.plan.group] += 1
      }
      if parent >= 0, isShown[parent], belongsToRound(entry.plan, of: trees.entries[parent].plan) {
        childCounts[parent, default: GroupCounts()][entry.plan.group] += 1
      }
    }
  }

  private func belongsToRound(_ child: Plan, of parent: Plan) -> Bool {
    child.definition.position?.round == parent.progress.round?.number
  }

  private var lines: [StyledText] {
    var rows: [Row] = []
    for place in children[-1] ?? [] { add(place, indent: "", mark: "", &rows) }
    if let rest = hidden[-1] { rows.append(Self.summary(rest, indent: "")) }
    if hasMore {
      let name = StyledText("… and more trees, for which there is no room", .dim)
      rows.append(Row(name: name, status: "", details: ""))
    }
    let widest = rows.filter { !$0.status.text.isEmpty }.map(\.name.text.displayWidth).max() ?? 0
    let nameWidth = min(widest, max(12, size.columns * 2 / 5))
    let statusWidth = rows.map(\.status.text.displayWidth).max() ?? 0
    let body = rows.map { row in
      row.status.text.isEmpty
        ? row.name
        : row.name.cut(toColumns: nameWidth).padded(toColumns: nameWidth) + "  "
          + row.status.padded(toColumns: statusWidth) + "  " + row.details
    }
    return [headline] + body
  }

  private var headline: StyledText {
    let ended = trees.throughput(at: now)
    let rate = ended > 0 ? ", \(ended) ended in the last minute" : ""
    return StyledText(trees.counts.sentence + rate, .bold)
  }

  private func add(_ place: Int, indent: String, mark: String, _ rows: inout [Row]) {
    let entry = trees.entries[place]
    let plan = entry.plan
    // Phases are left out where there is little room.
    let status = size.columns < 60 ? plan.status.state.rawValue : plan.status.description
    rows.append(
      Row(
        name: StyledText(indent + mark, .dim) + StyledText(plan.displayName.escaped),
        status: StyledText(status, style(of: plan)), details: details(of: place)))
    let below = children[place] ?? []
    let next = mark.isEmpty ? indent : indent + (mark.hasPrefix("├") ? "│  " : "   ")
    let rest = hidden[place]
    for (number, child) in below.enumerated() {
      let isLast = number == below.count - 1 && rest == nil
      add(child, indent: next, mark: isLast ? "└─ " : "├─ ", &rows)
    }
    if let rest { rows.append(Self.summary(rest, indent: next + "└─ ")) }
  }

  private func details(of place: Int) -> StyledText {
    let entry = trees.entries[place]
    if entry.plan.status.state == .waiting, let counts = childCounts[place] {
      let failed = counts[.failed]
      let rest = "\(counts[.done]) of \(counts.total) children done"
      let others = PlanGroup.allCases.filter { ![.failed, .done].contains($0) && counts[$0] > 0 }
        .map { ", \(counts[$0]) \($0.words)" }.joined()
      return StyledText(rest) + (failed > 0 ? StyledText(", \(failed) failed", .red) : "")
        + StyledText(others)
    }
    let text = entry.plan.progressText(at: now, since: entry.since)
    return StyledText(text.escaped, isLate(entry.plan) ? .yellow : .plain)
  }

  private static func summary(_ counts: GroupCounts, indent: String) -> Row {
    Row(
      name: StyledText("\(indent)… \(counts.total) more: \(counts.words)", .dim), status: "",
      details: "")
  }

  /// Whether the plan's worker has not come back in time.
  private func isLate(_ plan: Plan) -> Bool {
    plan.progress.lease.map { $0.expiresAt < now } ?? false
  }

  private func style(of plan: Plan) -> StyledText.Style {
    switch plan.group {
    case .failed: .red
    case .waitsForApproval, .retrying: .yellow
    case .running: isLate(plan) ? .yellow : .cyan
    case .done: .green
    case .cancelled: .dim
    case .queued, .waiting: .plain
    }
  }
}
