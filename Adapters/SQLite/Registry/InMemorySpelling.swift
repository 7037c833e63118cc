import PlanStorage

/// The spellings by which SQLite and other tools mean a database in memory, as in `:memory:`.
///
/// They do not say whether the database is private or shared, and a path of this name would be a file
/// by mistake. So they are refused, with the two forms that there are.
enum InMemorySpelling {
  /// What to write instead.
  static let forms = """
    a private database in memory is written sqlite:memory: or .sqliteInMemory (without SQLite \
    memory: or .inMemory), one that is shared by its name sqlite:memory:NAME or \
    .sqliteInMemory(named: "NAME"), and a file of that name ./:memory:
    """

  /// Throws `invalidLocation` when a path or a location is such a spelling.
  static func refuse(
    _ text: String, _ operation: String, _ subject: String
  ) throws(StorageError) {
    guard isUsed(in: text) else { return }
    throw StorageError(
      .invalidLocation, operation: operation, subject: subject,
      reason: "it does not say which database in memory is meant: \(forms)")
  }

  /// Whether a text is `:memory:`, one of its URLs, or a URL with the option `mode=memory`.
  private static func isUsed(in text: String) -> Bool {
    if text == ":memory:" { return true }
    guard let scheme = ["sqlite:", "file:"].first(where: text.hasPrefix) else { return false }
    let parts = text.dropFirst(scheme.count)
      .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count > 1, parts[1].split(separator: "&").contains("mode=memory") { return true }
    // Some write it as the host of a URL, some as its path.
    return [":memory:", "//:memory:", "///:memory:"].contains {
      parts[0].replacing("%3A", with: ":").replacing("%3a", with: ":") == $0
    }
  }
}
