import PlanStorage

/// Detects the spellings with which SQLite and other tools name an in-memory database (`:memory:`).
///
/// They do not say whether the database is private or shared, and as a path they would create a
/// file by mistake. They are rejected with an error that lists the valid forms.
enum InMemorySpelling {
  /// The valid forms, for errors.
  static let forms = """
    write sqlite:memory: or .sqliteInMemory (without SQLite memory: or .inMemory) for a private \
    in-memory database, sqlite:memory:NAME or .sqliteInMemory(named: "NAME") for one that is \
    shared by name, and ./:memory: for a file of that name
    """

  /// Throws `invalidLocation` when a path or a location uses such a spelling.
  static func refuse(
    _ text: String, _ operation: String, _ subject: String
  ) throws(StorageError) {
    guard isUsed(in: text) else { return }
    throw StorageError(
      .invalidLocation, operation: operation, subject: subject,
      reason: "it does not say which in-memory database is meant; \(forms)")
  }

  /// Whether a text is `:memory:`, one of its URLs, or a URL with the option `mode=memory`.
  private static func isUsed(in text: String) -> Bool {
    if text == ":memory:" { return true }
    guard let scheme = ["sqlite:", "file:"].first(where: text.hasPrefix) else { return false }
    let parts = text.dropFirst(scheme.count)
      .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count > 1, parts[1].split(separator: "&").contains("mode=memory") { return true }
    // Tools write it as a path, or as the host or the path of a URL.
    return [":memory:", "//:memory:", "///:memory:"].contains {
      parts[0].replacing("%3A", with: ":").replacing("%3a", with: ":") == $0
    }
  }
}
