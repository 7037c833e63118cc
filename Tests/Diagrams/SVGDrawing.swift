/// A picture of boxes, lines and texts, as the text of an SVG file.
struct SVGDrawing {
  /// The colours of a picture, which the pages of the guides show in light or dark.
  enum Appearance: String, CaseIterable {
    case light = ""
    case dark = "~dark"

    fileprivate var style: String {
      let (ink, soft, box, line, accent, failed) =
        switch self {
        case .light: ("#1b1f24", "#5b6470", "#f0f3f7", "#5b6470", "#2f74d0", "#c8372d")
        case .dark: ("#e6e9ed", "#9aa4b0", "#272c33", "#9aa4b0", "#5b9bf0", "#f0766c")
        }
      return """
        text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: \(ink); }
        .title { font-weight: 600; } .small { font-size: 11.5px; fill: \(soft); }
        .center { text-anchor: middle; } .end { text-anchor: end; }
        rect { fill: \(box); stroke: \(line); } rect.accent { fill: \(accent); stroke: none; }
        rect.faint { fill: \(accent); stroke: none; opacity: .28; }
        .line { fill: none; stroke: \(line); stroke-width: 1.3; }
        .dashed { stroke-dasharray: 3 3; } .failed { fill: \(failed); }
        path.failed { fill: none; stroke: \(failed); stroke-width: 2; } .head { fill: \(line); }
        """
    }
  }

  let width: Int
  let height: Int
  /// What the picture shows, for those who do not see it.
  let description: String
  private var elements: [String] = []

  init(width: Int, height: Int, description: String) {
    self.width = width
    self.height = height
    self.description = description
  }

  /// Draws a box with a text in its middle; one with a second border stands for the end.
  mutating func box(
    _ text: String, x: Int, y: Int, width: Int, height: Int = 36, isFinal: Bool = false
  ) {
    rectangle(x: x, y: y, width: width, height: height, "")
    if isFinal {
      rectangle(x: x + 3, y: y + 3, width: width - 6, height: height - 6, "")
    }
    self.text(text, x: x + width / 2, y: y + height / 2 + 4, "center")
  }

  /// Draws a rectangle without a text.
  mutating func rectangle(x: Int, y: Int, width: Int, height: Int, _ style: String) {
    elements.append(
      """
      <rect x="\(x)" y="\(y)" width="\(width)" height="\(height)" rx="5"\(name(style))/>
      """)
  }

  /// Draws a text; `style` is a list of the style's classes.
  mutating func text(_ text: String, x: Int, y: Int, _ style: String = "") {
    elements.append("<text x=\"\(x)\" y=\"\(y)\"\(name(style))>\(text)</text>")
  }

  /// Draws a line through points, with an arrow head at its end.
  mutating func arrow(_ points: [(x: Int, y: Int)]) {
    elements.append("<path d=\"\(path(points))\" class=\"line\" marker-end=\"url(#head)\"/>")
  }

  /// Draws a line through points.
  mutating func line(_ points: [(x: Int, y: Int)], _ style: String = "line") {
    elements.append("<path d=\"\(path(points))\"\(name(style))/>")
  }

  /// The text of the file.
  func file(_ appearance: Appearance) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
    viewBox="0 0 \(width) \(height)" role="img">
    <title>\(description)</title>
    <style>
    \(appearance.style)
    </style>
    <marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" \
    orient="auto"><path d="M0 0 L10 5 L0 10 z" class="head"/></marker>
    \(elements.joined(separator: "\n"))
    </svg>

    """
  }

  private func name(_ style: String) -> String { style.isEmpty ? "" : " class=\"\(style)\"" }

  private func path(_ points: [(x: Int, y: Int)]) -> String {
    "M" + points.map { "\($0.x) \($0.y)" }.joined(separator: " L")
  }
}
