/// A URL, or a reference that is relative to one, in the parts of RFC 3986.
struct URLReference {
  private var scheme: Substring?
  private var authority: Substring?
  private var path: Substring
  private var query: Substring?
  private var fragment: Substring?

  /// Divides a text into its parts; every text has them.
  init(_ text: String) {
    var rest = Substring(text)
    fragment = Self.removeEnd(of: &rest, from: "#")
    query = Self.removeEnd(of: &rest, from: "?")
    if let colon = rest.unicodeScalars.firstIndex(of: ":"), colon > rest.startIndex,
      !rest[..<colon].unicodeScalars.contains("/")
    {
      scheme = rest[..<colon]
      rest = rest[rest.unicodeScalars.index(after: colon)...]
    }
    if rest.utf8.starts(with: "//".utf8) {
      let name = rest.utf8.dropFirst(2)
      let end = name.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
      authority = rest[name.startIndex..<end]
      rest = rest[end...]
    }
    path = rest
  }

  /// Removes the text from a separator on, and returns what follows the separator.
  private static func removeEnd(
    of text: inout Substring, from separator: Unicode.Scalar
  ) -> Substring? {
    guard let start = text.unicodeScalars.firstIndex(of: separator) else { return nil }
    defer { text = text[..<start] }
    return text[text.unicodeScalars.index(after: start)...]
  }

  /// The text of all parts.
  var text: String {
    (scheme.map { "\($0):" } ?? "") + (authority.map { "//\($0)" } ?? "") + path
      + (query.map { "?\($0)" } ?? "") + (fragment.map { "#\($0)" } ?? "")
  }

  /// Returns the URL that this reference means below a base URL, as section 5.2 of RFC 3986 says.
  func resolved(against base: URLReference) -> URLReference {
    if scheme != nil { return self }
    var target = self
    target.scheme = base.scheme
    if authority != nil { return target }
    target.authority = base.authority
    if path.isEmpty {
      target.path = base.path
      target.query = query ?? base.query
    } else {
      target.path = Substring(Self.withoutDotSegments(isRooted ? path : merged(below: base)))
    }
    return target
  }

  private var isRooted: Bool { path.utf8.first == UInt8(ascii: "/") }

  /// The path below the directory of the base.
  private func merged(below base: URLReference) -> Substring {
    if base.authority != nil, base.path.isEmpty { return "/" + path }
    guard let slash = base.path.unicodeScalars.lastIndex(of: "/") else { return path }
    return base.path[..<base.path.unicodeScalars.index(after: slash)] + path
  }

  /// The path without its segments `.` and `..`.
  private static func withoutDotSegments(_ path: Substring) -> String {
    let segments = path.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false)
      .map { String($0) }
    // The first segment of a path that begins with a slash is empty, and stays.
    let kept = segments.first == "" ? 1 : 0
    var result: [String] = []
    for (position, segment) in segments.enumerated() {
      if segment != "." && segment != ".." {
        result.append(segment)
        continue
      }
      if segment == "..", result.count > kept { result.removeLast() }
      if position == segments.count - 1 { result.append("") }
    }
    return result.joined(separator: "/")
  }
}
