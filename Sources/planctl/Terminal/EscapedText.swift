extension String {
  /// The text in a form in which it cannot control a terminal: one line, everything visible.
  ///
  /// Control characters (C0, DEL, C1), line and paragraph separators, and characters that change
  /// the direction of the text (Unicode Annex 9) are printed as `\u{…}`, the common ones as `\n`,
  /// `\t` and `\r`.
  var escaped: String {
    guard unicodeScalars.contains(where: Self.mustBeEscaped) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      guard Self.mustBeEscaped(scalar) else { return text.unicodeScalars.append(scalar) }
      switch scalar {
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      default: text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
  }

  /// The text with its line breaks and tabs, everything else as in `escaped`.
  var escapedLines: String {
    split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
      .map { $0.map { String($0).escaped }.joined(separator: "\t") }
      .joined(separator: "\n")
  }

  /// The text of a JSON document, in which the same characters are written as `\u` and four digits.
  ///
  /// JSON itself escapes some of them only; outside of strings it has none but line breaks.
  var escapedJSON: String {
    let mustBeEscaped = { scalar in scalar != "\n" && Self.mustBeEscaped(scalar) }
    guard unicodeScalars.contains(where: mustBeEscaped) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      guard mustBeEscaped(scalar) else { return text.unicodeScalars.append(scalar) }
      // None of them has more than four digits.
      let digits = String(scalar.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
  }

  private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: scalar.properties.isBidiControl
    }
  }
}
