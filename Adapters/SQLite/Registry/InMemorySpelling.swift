package import PlanStorage

/// Detects the spellings with which SQLite and other tools name an in-memory database (`:memory:`).
///
/// They do not say whether the database is private or shared, and as a path they would create a
/// file by mistake. They are rejected, also in capitals and between blanks, with an error that lists
/// the valid forms.
package enum InMemorySpelling {
  /// The valid forms, for errors.
  static let forms = """
    write sqlite:memory: or .sqliteInMemory (without SQLite memory: or .inMemory) for a private \
    in-memory database, sqlite:memory:NAME or .sqliteInMemory(named: "NAME") for one that is \
    shared by name, and ./:memory: for a file of that name
    """

  /// Throws `invalidLocation` when a path or a location uses such a spelling.
  package static func refuse(
    _ text: String, _ operation: String, _ subject: String
  ) throws(StorageError) {
    guard isUsed(in: text) else { return }
    throw StorageError(
      .invalidLocation, operation: operation, subject: subject,
      reason: "it does not say which in-memory database is meant; \(forms)")
  }

  /// Whether a text is `:memory:`, one of its URLs, or a URL with the option `mode=memory`.
  static func isUsed(in text: String) -> Bool {
    let text = trimmed(text.lowercased())
    if text == ":memory:" { return true }
    guard let scheme = ["sqlite:", "file:"].first(where: text.hasPrefix) else { return false }
    let parts = text.dropFirst(scheme.count)
      .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count > 1, parts[1].split(separator: "&").contains("mode=memory") { return true }
    // Tools write it as a path, or as the host or the path of a URL.
    let name = trimmed(
      String(parts[0]).replacing("%3a", with: ":").replacing("%20", with: " "))
    return [":memory:", "/:memory:", "//:memory:", "///:memory:"].contains(name)
  }

  /// Returns the text without the blanks at its ends.
  private static func trimmed(_ text: String) -> String {
    var rest = text.unicodeScalars[...]
    while rest.first?.properties.isWhitespace == true { rest = rest.dropFirst() }
    while rest.last?.properties.isWhitespace == true { rest = rest.dropLast() }
    return String(rest)
  }
}
