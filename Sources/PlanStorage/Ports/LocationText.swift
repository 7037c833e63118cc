import PlanDomain

/// The text of a location as errors show it.
package enum LocationText {
  /// Returns the location without what may be a secret, and at most 200 bytes of it.
  ///
  /// User information (everything between the first `:` and the last `@`) and what follows the
  /// first `?` or `#` are replaced by `…`: errors end up in logs, and a location that was meant for
  /// another program may contain a password. So are what follows the word `password`, and of the
  /// location of a server what is not a port behind a `:`, which is a password with a mistake near it.
  package static func redacted(_ location: String) -> String {
    var rest = location.unicodeScalars[...]
    var shown = Substring.UnicodeScalarView()
    if let colon = rest.firstIndex(of: ":"), let at = rest.lastIndex(of: "@"), colon < at {
      shown += rest[...colon]
      shown.append("…")
      rest = rest[at...]
    }
    if let mark = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) {
      shown += rest[...mark]
      shown.append("…")
    } else {
      shown += rest
    }
    let text = withoutPassword(withoutWords(String(shown)))
    return text.shortened(toBytes: 200)
  }

  /// Replaces what follows the word `password`, or a part of it.
  private static func withoutWords(_ text: String) -> String {
    guard let end = end(of: "passw", in: text) else { return text }
    return text[..<end] + "…"
  }

  /// Where this word of small letters ends first in the text, in which it may have capital ones.
  private static func end(of word: String, in text: String) -> String.Index? {
    let small = text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }
    return small.firstRange(of: Array(word.utf8)).map {
      text.utf8.index(text.startIndex, offsetBy: $0.upperBound)
    }
  }

  /// Replaces what follows the first `:` of a server's location that stands before no port.
  private static func withoutPassword(_ text: String) -> String {
    guard let scheme = end(of: "postgres", in: text),
      let start = text[scheme...].firstIndex(of: ":")
    else { return text }
    var isInBrackets = false
    var index = text.index(after: start)
    while index < text.endIndex {
      let (character, next) = (text[index], text.index(after: index))
      if character == "[" || character == "]" { isInBrackets = character == "[" }
      if character == ":", !isInBrackets {
        let port = text[next...].prefix { !"/,?".contains($0) }
        guard port.utf8.allSatisfy({ (48...57).contains($0) }) else { return text[..<next] + "…" }
      }
      index = next
    }
    return text
  }
}
