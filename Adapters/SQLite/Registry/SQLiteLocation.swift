package import PlanStorage

/// The store that a location string with the scheme `sqlite:` or `file:` names.
///
/// - `sqlite:PATH`: the file at this path, without escapes. A path with `?` or `#` is rejected,
///   because these characters begin options and fragments in URLs.
/// - `sqlite:memory:` and `sqlite:memory:NAME`: in memory, private or shared by name. A file with
///   such a name is written `sqlite:./memory:NAME`. `:memory:`, which other tools use for both, is
///   rejected in every spelling; see `InMemorySpelling`.
/// - `sqlite:///PATH` (relative), `sqlite:////PATH` (absolute), `file:PATH`, `file:///PATH`
///   (absolute): URLs, in which `%41` stands for `A`, `%3F` for `?` and `%23` for `#`.
///   `?durability=full|normal&exclusive=true|false` may follow. A URL without a path is rejected: a
///   path that is missing by mistake must not open a temporary store.
enum SQLiteLocation: Equatable {
  case file(path: String, SQLiteOptions)
  case memory(name: String)
  case privateMemory

  /// Parses a location string; throws `invalidLocation` with the reason.
  init(_ text: String) throws(StorageError) {
    func refuse(_ reason: String) -> StorageError {
      StorageError(
        .invalidLocation, operation: "reading", subject: "store location '\(text)'",
        reason: reason)
    }
    try InMemorySpelling.refuse(text, "reading", "store location '\(text)'")
    guard let colon = text.firstIndex(of: ":") else { throw refuse("it has no scheme") }
    let scheme = text[..<colon]
    let rest = text[text.index(after: colon)...]
    switch scheme {
    case "sqlite" where !rest.hasPrefix("//"): self = try Self.plain(String(rest), refuse)
    case "sqlite", "file": self = try Self.url(scheme, rest, refuse)
    default: throw refuse("'\(scheme)' is not a kind of SQLite store")
    }
  }

  private static func plain(
    _ path: String, _ refuse: (String) -> StorageError
  ) throws(StorageError) -> SQLiteLocation {
    if path.contains("?") || path.contains("#") {
      throw refuse(
        """
        '?' and '#' are not allowed in a plain path; write options as \
        sqlite:///FILE?durability=normal, and a file with this name as \
        \(description(ofFile: path.hasPrefix("memory:") ? "./" + path : path))
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
    if path.hasPrefix("//") {
      path = path.dropFirst(2)
      guard path.isEmpty || path.hasPrefix("/") else {
        throw refuse("the URL of a file must not have a host, port or user")
      }
      // In the SQLite URLs that many tools use, three slashes begin a relative path.
      if scheme == "sqlite" { path = path.dropFirst() }
    }
    guard let decoded = decode(path) else {
      throw refuse(
        "a '%' is not followed by two hexadecimal digits, or the decoded path is not valid UTF-8")
    }
    guard !decoded.utf8.contains(0) else { throw refuse("it contains a NUL character") }
    guard !decoded.isEmpty else {
      throw refuse("it names no file; \(InMemorySpelling.forms)")
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
        throw refuse(
          "'\(name)=\(value)' is not an option; the options are durability=full|normal and "
            + "exclusive=true|false")
      }
    }
    return SQLiteOptions(durability: durability, exclusive: exclusive)
  }

  /// Returns a location string that names the file at this path.
  static func description(ofFile path: String) -> String {
    let isPlain =
      !path.hasPrefix("memory:") && !path.hasPrefix("//")
      && !path.contains("?") && !path.contains("#")
    if isPlain { return "sqlite:\(path)" }
    let escapes: [Character: String] = ["%": "%25", "?": "%3F", "#": "%23", ":": "%3A"]
    return "sqlite:///" + path.map { escapes[$0] ?? String($0) }.joined()
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
  /// The forms are `sqlite:FILE`, `sqlite:memory:`, `sqlite:memory:NAME`, and URLs such as
  /// `sqlite:///FILE?durability=normal`, in which `%3F` and `%23` stand for the characters `?` and
  /// `#` of a file name. Throws `StorageError` (`invalidLocation`) with the reason.
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
