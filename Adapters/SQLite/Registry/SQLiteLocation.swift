package import PlanStorage

/// The store that a location string with the scheme `sqlite:` or `file:` names.
///
/// - `sqlite:PATH`: the file at this path, without escapes. A path with `?` or `#` is rejected,
///   because these characters begin options and fragments in URLs.
/// - `sqlite:memory:` and `sqlite:memory:NAME`: in memory, private or shared by name. A file with
///   such a name is written `sqlite:./memory:NAME`. `:memory:`, which other tools use for both, is
///   rejected in every spelling; see `InMemorySpelling`.
/// - `sqlite:////PATH` (absolute), `sqlite:///./PATH` and `sqlite:///../PATH` (relative),
///   `file:///PATH` (absolute), `file:PATH`: URLs, in which `%41` stands for `A`, `%3F` for `?` and
///   `%23` for `#`. `?durability=full|normal&exclusive=true|false` may follow. `sqlite:///PATH` is
///   rejected: it is relative in the URLs of some tools and absolute in those of others. A URL
///   without a path is rejected: a path that is missing by mistake must not open a temporary store.
enum SQLiteLocation: Equatable {
  case file(path: String, SQLiteOptions)
  case memory(name: String)
  case privateMemory

  /// Parses a location string; throws `invalidLocation` with the reason.
  init(_ text: String) throws(StorageError) {
    let subject = "store location '\(LocationText.redacted(text))'"
    func refuse(_ reason: String) -> StorageError {
      StorageError(.invalidLocation, operation: "reading", subject: subject, reason: reason)
    }
    try InMemorySpelling.refuse(text, "reading", subject)
    guard let colon = text.firstIndex(of: ":") else { throw refuse("it has no scheme") }
    let scheme = text[..<colon]
    let rest = text[text.index(after: colon)...]
    switch scheme {
    case "sqlite" where !rest.hasPrefix("//"): self = try Self.plain(String(rest), refuse)
    case "sqlite", "file": self = try Self.url(scheme, rest, refuse)
    default: throw refuse("'\(scheme.shortened())' is not a kind of SQLite store")
    }
  }

  private static func plain(
    _ path: String, _ refuse: (String) -> StorageError
  ) throws(StorageError) -> SQLiteLocation {
    if path.contains("?") || path.contains("#") {
      throw refuse(
        """
        '?' and '#' are not allowed in a plain path; write options as \
        sqlite:////PATH?durability=normal for an absolute path and \
        sqlite:///./PATH?durability=normal for a relative one, in which %3F and %23 stand for the \
        two characters in a file's name
        """)
    }
    if path == "memory:" { return .privateMemory }
    if path.hasPrefix("memory:") { return .memory(name: String(path.dropFirst(7))) }
    guard !path.isEmpty else { throw refuse("it names no file") }
    return .file(path: path, .standard)
  }

  private static func url(
    _ scheme: Substring, _ rest: Substring, _ refuse: (String) -> StorageError
  ) throws(StorageError) -> SQLiteLocation {
    guard !rest.contains("#") else { throw refuse("it has a fragment ('#')") }
    let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let options = try options(parts.count > 1 ? parts[1] : "", refuse)
    var path = parts[0]
    var isThreeSlashes = false
    if path.hasPrefix("//") {
      path = path.dropFirst(2)
      guard path.isEmpty || path.hasPrefix("/") else {
        throw refuse("the URL of a file must not have a host, port or user")
      }
      // The third slash separates the path from a host that is not there, as in SQLAlchemy's URLs.
      isThreeSlashes = scheme == "sqlite"
      if isThreeSlashes { path = path.dropFirst() }
    }
    guard let decoded = decode(path) else {
      throw refuse(
        "a '%' is not followed by two hexadecimal digits, or the decoded path is not valid UTF-8")
    }
    guard !decoded.utf8.contains(0) else { throw refuse("it contains a NUL character") }
    guard !decoded.isEmpty else {
      throw refuse("it names no file; \(InMemorySpelling.forms)")
    }
    if isThreeSlashes, !["/", "./", "../"].contains(where: decoded.hasPrefix) {
      throw refuse(
        """
        after three slashes some tools expect a relative path and others an absolute one; write \
        sqlite:////PATH for an absolute path and sqlite:///./PATH for a relative one
        """)
    }
    return .file(path: decoded, options)
  }

  private static func options(
    _ text: Substring, _ refuse: (String) -> StorageError
  ) throws(StorageError) -> SQLiteOptions {
    var found: [Substring: Substring] = [:]
    for option in text.split(separator: "&") {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, found.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw refuse("an option is not written NAME=VALUE, or is used twice")
      }
    }
    var durability = SQLiteOptions.Durability.full
    var exclusive = false
    for (name, value) in found {
      switch (name, value) {
      case ("durability", "full"): durability = .full
      case ("durability", "normal"): durability = .normal
      case ("exclusive", "true"): exclusive = true
      case ("exclusive", "false"): exclusive = false
      default:
        // Without the value, which may be a secret of another program.
        throw refuse(
          "'\(name.shortened())' is not an option or cannot have this value; the options are "
            + "durability=full|normal and exclusive=true|false")
      }
    }
    return SQLiteOptions(durability: durability, exclusive: exclusive)
  }

  /// Returns a location string that names the file at this path, with those options that a
  /// location can express.
  static func description(ofFile path: String, _ options: SQLiteOptions) -> String {
    var settings: [String] = []
    if options.durability != SQLiteOptions.standard.durability {
      settings.append("durability=\(options.durability.rawValue)")
    }
    if options.exclusive != SQLiteOptions.standard.exclusive {
      settings.append("exclusive=\(options.exclusive)")
    }
    let plain = "sqlite:\(path)"
    let isPlain =
      settings.isEmpty && !path.hasPrefix("memory:") && !path.hasPrefix("//")
      && !path.contains("?") && !path.contains("#") && !InMemorySpelling.isUsed(in: plain)
    if isPlain { return plain }
    let isRooted = ["/", "./", "../"].contains(where: path.hasPrefix)
    let escapes: [Unicode.Scalar: String] = ["%": "%25", "?": "%3F", "#": "%23", ":": "%3A"]
    let escaped = path.unicodeScalars.map { escapes[$0] ?? String($0) }.joined()
    return (isRooted ? "sqlite:///" : "sqlite:///./") + escaped
      + (settings.isEmpty ? "" : "?" + settings.joined(separator: "&"))
  }

  /// Returns the text with its percent escapes decoded once; nil when it is not valid UTF-8 then.
  private static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension StorageBackend {
  /// Creates a backend for the SQLite store that a location string names.
  ///
  /// The forms are those of `SQLiteLocation`. Throws `StorageError` (`invalidLocation`) with the
  /// reason.
  package init(
    sqliteLocation text: String, in registry: SQLiteEngineRegistry = .shared
  ) throws(StorageError) {
    switch try SQLiteLocation(text) {
    case .file(let path, let options): self = .sqlite(at: path, options: options, in: registry)
    case .memory(let name): self = .sqliteInMemory(named: name, in: registry)
    case .privateMemory: self = .sqliteInMemory
    }
  }
}
