/// A row of the file: a key, a comma, and the rest.
struct Row: Sendable {
  /// The row as it is written in the file.
  let line: String
  /// What identifies the row in the target.
  let key: String

  /// Parses a line; nil when it has no comma or no key.
  init?(_ line: String) {
    guard let comma = line.firstIndex(of: ","), comma > line.startIndex else { return nil }
    self.line = line
    key = String(line[..<comma])
  }
}
