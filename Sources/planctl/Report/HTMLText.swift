extension String {
  /// The text for a page: it can neither end an element or an attribute nor change the direction of
  /// what surrounds it, and everything in it is visible.
  var htmlEscaped: String { escaped.markupEscaped }

  /// The text of several lines for a page, as `htmlEscaped`.
  var htmlLines: String { escapedLines.markupEscaped }

  private var markupEscaped: String {
    var text = ""
    text.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      // Not allowed in XML.
      case "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
