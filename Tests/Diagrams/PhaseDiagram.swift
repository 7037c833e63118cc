import PlanDomain

/// The picture of the three phases, and of what lies between them.
enum PhaseDiagram {
  static func drawn() -> SVGDrawing {
    var drawing = SVGDrawing(
      width: 590, height: 166,
      description: "A plan moves through strategize, execute and apply; between two phases it is "
        + "advanced by its automation or by an operator")
    let texts: [PlanPhase: [String]] = [
      .strategize: ["determines", "what to do"],
      .execute: ["does the work,", "alone or by children"],
      .apply: ["makes the result", "take effect"],
    ]
    for (number, phase) in PlanPhase.allCases.enumerated() {
      let x = 10 + number * 215
      drawing.box(phase.rawValue, x: x, y: 14, width: 140)
      for (line, text) in (texts[phase] ?? []).enumerated() {
        drawing.text(text, x: x + 70, y: 70 + line * 16, "center small")
      }
      if number > 0 {
        drawing.arrow([(x - 75, 32), (x, 32)])
        drawing.text(CommandName.advance.rawValue, x: x - 38, y: 26, "center small")
      }
    }
    drawing.arrow([(510, 94), (510, 118), (80, 118), (80, 94)])
    drawing.text(
      "revert: back to the beginning, at most three times", x: 295, y: 136, "center small")
    drawing.text(
      "advance and revert are commands of an operator, or automatic", x: 295, y: 156, "center small"
    )
    return drawing
  }
}
