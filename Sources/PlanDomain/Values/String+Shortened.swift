extension StringProtocol {
  /// Returns the text, or its first bytes and `…` when it has more UTF-8 bytes than the limit.
  ///
  /// For foreign texts in errors, so that none carries a megabyte into a log. Counts bytes, because
  /// one character can have any number of them.
  package func shortened(toBytes limit: Int = 64) -> String {
    let text = String(self)
    guard text.utf8.count > limit else { return text }
    // The index is rounded down to the beginning of a scalar.
    let end = text.utf8.index(text.startIndex, offsetBy: limit)
    return String(text.unicodeScalars[..<end]) + "…"
  }
}
