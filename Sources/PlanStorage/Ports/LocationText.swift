import PlanDomain

/// The text of a location as errors show it.
package enum LocationText {
  /// Returns the location without what may be a secret, and at most 200 bytes of it.
  ///
  /// User information (everything between the first `:` and the last `@`) and what follows the
  /// first `?` or `#` are replaced by `…`: errors end up in logs, and a location that was meant for
  /// another program may contain a password.
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
    return String(shown).shortened(toBytes: 200)
  }
}
