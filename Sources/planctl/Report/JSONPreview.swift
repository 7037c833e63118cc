import Planwright

/// The beginning of a JSON document, indented, at a cost that does not grow with the document.
struct JSONPreview {
  private(set) var text = ""
  /// Whether something of the document is missing.
  private(set) var isCut = false
  private let limit: Int
  private var length = 0

  /// Writes at most about this number of characters.
  init(_ value: JSONValue, limit: Int) {
    self.limit = limit
    write(value, indent: "")
    if isCut { text += "…" }
  }

  private mutating func append(_ more: String) {
    guard !isCut else { return }
    let free = limit - length
    let part = more.prefix(free)
    text += part
    length += part.count
    isCut = part.endIndex < more.endIndex
  }

  private mutating func write(_ value: JSONValue, indent: String) {
    switch value {
    case .null, .bool, .integer, .double: append(value.serialized())
    case .string(let string):
      // A long string is cut before it is escaped.
      let part = String(string.prefix(max(0, limit - length)))
      append(JSONValue.string(part).serialized())
      if part.utf8.count < string.utf8.count { isCut = true }
    case .array(let elements):
      guard !elements.isEmpty else { return append("[]") }
      append("[")
      for (number, element) in elements.enumerated() {
        guard !isCut else { return }
        append(number == 0 ? "\n  \(indent)" : ",\n  \(indent)")
        write(element, indent: indent + "  ")
      }
      append("\n\(indent)]")
    case .object(let members):
      guard !members.isEmpty else { return append("{}") }
      append("{")
      for (number, member) in members.enumerated() {
        guard !isCut else { return }
        append(number == 0 ? "\n  \(indent)" : ",\n  \(indent)")
        write(.string(member.key), indent: "")
        append(": ")
        write(member.value, indent: indent + "  ")
      }
      append("\n\(indent)}")
    }
  }
}
