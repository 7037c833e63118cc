import PlanDomain

/// The picture of the seventeen statuses and the commands between them, made from the transition
/// table.
struct StatusDiagram {
  /// The table has a transition for which the picture has no place.
  struct MissingRoute: Error {
    let from: PlanStatus
    let to: PlanStatus
  }

  private static let band = 178
  private var drawing = SVGDrawing(
    width: 590, height: 3 * band + 84,
    description: "The statuses of a plan, and the commands that lead from one to another")

  /// Draws all statuses and transitions; throws for a transition without a place.
  static func drawn() throws -> SVGDrawing {
    var diagram = StatusDiagram()
    for status in PlanStatus.allCases where status.state != .cancelled { diagram.draw(status) }
    for (pair, commands) in transitions { try diagram.draw(pair, commands) }
    diagram.drawRest()
    return diagram.drawing
  }

  private struct Pair: Hashable {
    let from: PlanStatus
    let to: PlanStatus
    let isLastAttempt: Bool
  }

  /// The commands that lead from one status to another, except those with a sign of their own.
  private static var transitions: [(Pair, [String])] {
    var pairs: [(Pair, [String])] = []
    func add(_ row: TransitionTable.Row, to status: PlanStatus, isLastAttempt: Bool) {
      let pair = Pair(from: row.from, to: status, isLastAttempt: isLastAttempt)
      if let index = pairs.firstIndex(where: { $0.0 == pair }) {
        pairs[index].1.append(row.command.rawValue)
      } else {
        pairs.append((pair, [row.command.rawValue]))
      }
    }
    for row in TransitionTable.rows where row.command != .cancel && row.command != .revert {
      if row.target.status != row.from { add(row, to: row.target.status, isLastAttempt: false) }
      if let exhausted = row.target.exhausted { add(row, to: exhausted, isLastAttempt: true) }
    }
    return pairs
  }

  private static func accepts(_ command: CommandName, _ status: PlanStatus) -> Bool {
    TransitionTable.rows.contains { $0.command == command && $0.from == status }
  }

  private func top(_ phase: PlanPhase) -> Int {
    (PlanPhase.allCases.firstIndex(of: phase) ?? 0) * Self.band
  }

  private mutating func draw(_ status: PlanStatus) {
    let y = top(status.phase)
    let isFinal = !TransitionTable.rows.contains { $0.from == status }
    let (x, row, width) =
      switch status.state {
      case .queued: (20, 30, 110)
      case .processing: (225, 30, 120)
      case .waiting, .constrained: (225, 100, 120)
      case .complete, .applied: (450, 30, 110)
      case .errored, .cancelled: (450, 100, 110)
      }
    drawing.box(status.state.rawValue, x: x, y: y + row, width: width, isFinal: isFinal)
    if status.state == .queued {
      drawing.text(status.phase.rawValue, x: 20, y: y + 20, "title")
    }
    if Self.accepts(.revert, status) {
      drawing.text("↺", x: x + width - 6, y: y + row + 13, "end small")
    }
  }

  private mutating func draw(_ pair: Pair, _ commands: [String]) throws {
    let (y, words) = (top(pair.from.phase), commands.joined(separator: ", "))
    switch (pair.from.state, pair.to.state) {
    case (.queued, .processing):
      drawing.arrow([(130, y + 41), (225, y + 41)])
      drawing.text(words, x: 177, y: y + 35, "center small")
    case (.processing, .queued):
      drawing.arrow([(225, y + 56), (130, y + 56)])
      let half = (commands.count + 1) / 2
      drawing.text(
        commands.prefix(half).joined(separator: ", "), x: 177, y: y + 71, "center small")
      drawing.text(
        commands.dropFirst(half).joined(separator: ", "), x: 177, y: y + 85, "center small")
    case (.processing, .complete), (.processing, .applied):
      drawing.arrow([(345, y + 41), (450, y + 41)])
      drawing.text(words, x: 397, y: y + 35, "center small")
    case (.processing, .errored) where pair.isLastAttempt:
      drawing.arrow([(345, y + 56), (392, y + 56), (392, y + 118), (450, y + 118)])
      drawing.text("\(words):", x: 398, y: y + 80, "small")
      drawing.text("no attempt is left", x: 398, y: y + 94, "small")
    case (.processing, .waiting), (.processing, .constrained):
      drawing.arrow([(285, y + 66), (285, y + 100)])
      drawing.text(words, x: 291, y: y + 87, "small")
    case (.waiting, .queued), (.constrained, .queued):
      drawing.arrow([(225, y + 118), (70, y + 118), (70, y + 66)])
      drawing.text(words, x: 148, y: y + 112, "center small")
    case (.errored, .queued):
      drawing.arrow([(505, y + 136), (505, y + 152), (40, y + 152), (40, y + 66)])
      drawing.text(words, x: 285, y: y + 148, "center small")
    case (.complete, .queued) where pair.from.phase < pair.to.phase:
      let next = top(pair.to.phase)
      drawing.arrow([
        (560, y + 48), (576, y + 48), (576, next), (105, next), (105, next + 30),
      ])
      drawing.text(words, x: 285, y: next - 5, "center small")
    default: throw MissingRoute(from: pair.from, to: pair.to)
    }
  }

  /// Draws what would need an arrow from nearly every status.
  private mutating func drawRest() {
    let y = 3 * Self.band
    drawing.box("cancelled", x: 20, y: y + 14, width: 110, isFinal: true)
    drawing.text(
      "of the same phase: by cancel, from every status with a single border", x: 142, y: y + 37,
      "small")
    drawing.text("↺", x: 75, y: y + 71, "center small")
    drawing.text("can be sent back to strategize/queued by revert", x: 142, y: y + 71, "small")
  }
}

extension PlanPhase {
  fileprivate static func < (a: PlanPhase, b: PlanPhase) -> Bool {
    allCases.prefix { $0 != b }.contains(a)
  }
}
