extension JSONValue {
  /// Returns the document as JSON text on one line.
  ///
  /// Doubles always have a point or an exponent, so that they are parsed as doubles again.
  public func serialized() -> String {
    var writer = JSONWriter(indentation: nil)
    writer.write(self, depth: 0)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Returns the document as JSON text for people, indented by two spaces.
  public func pretty() -> String {
    var writer = JSONWriter(indentation: 2)
    writer.write(self, depth: 0)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Checks that the document can be stored.
  ///
  /// Throws `documentTooLarge` above `limit` bytes, and `invalidJSON` when it is nested too deeply.
  package func checked(field: String, limit: Int = PlanLimits.documentBytes) throws(PlanError) {
    let bytes = try measure(field: field, depth: 0)
    guard bytes <= limit else {
      throw .documentTooLarge(field: field, bytes: bytes, limit: limit)
    }
  }

  /// Returns the number of bytes of the text on one line, without writing it.
  private func measure(field: String, depth: Int) throws(PlanError) -> Int {
    switch self {
    case .null: return 4
    case .bool(let value): return value ? 4 : 5
    case .integer(let value): return value.writtenBytes
    case .double(let value): return String(value.value).utf8.count
    case .string(let text): return Self.measure(text)
    case .array(let elements):
      try Self.checkDepth(depth, field)
      var sum = 2 + max(0, elements.count - 1)
      for element in elements { sum += try element.measure(field: field, depth: depth + 1) }
      return sum
    case .object(let members):
      try Self.checkDepth(depth, field)
      var sum = 2 + max(0, members.count - 1)
      for (key, value) in members {
        sum += Self.measure(key) + 1 + (try value.measure(field: field, depth: depth + 1))
      }
      return sum
    }
  }

  private static func checkDepth(_ depth: Int, _ field: String) throws(PlanError) {
    guard depth < PlanLimits.documentDepth else {
      throw .invalidJSON(
        field: field, offset: nil, reason: "it is nested more than \(PlanLimits.documentDepth) deep"
      )
    }
  }

  private static func measure(_ text: String) -> Int {
    text.utf8.reduce(2) { sum, byte in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): sum + 2
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): sum + 2
      case 0..<0x20: sum + 6
      default: sum + 1
      }
    }
  }
}

extension Int64 {
  /// The number of digits and signs of the number's text.
  fileprivate var writtenBytes: Int {
    var (count, rest) = (self < 0 ? 2 : 1, magnitude)
    while rest >= 10 {
      rest /= 10
      count += 1
    }
    return count
  }
}

/// Writes documents as UTF-8 bytes.
private struct JSONWriter {
  let indentation: Int?
  var bytes: [UInt8] = []

  init(indentation: Int?) { self.indentation = indentation }

  mutating func write(_ value: JSONValue, depth: Int) {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    // The shortest text that is parsed as the same double; always has a point or an exponent.
    case .double(let value): bytes += String(value.value).utf8
    case .string(let text): write(text)
    case .array(let elements):
      list("[", elements, "]", depth) { $0.write($1, depth: depth + 1) }
    case .object(let members):
      list("{", members, "}", depth) { writer, member in
        writer.write(member.key)
        writer.bytes.append(UInt8(ascii: ":"))
        if writer.indentation != nil { writer.bytes.append(UInt8(ascii: " ")) }
        writer.write(member.value, depth: depth + 1)
      }
    }
  }

  private mutating func list<Items: RandomAccessCollection>(
    _ open: Unicode.Scalar, _ items: Items, _ close: Unicode.Scalar, _ depth: Int,
    _ item: (inout JSONWriter, Items.Element) -> Void
  ) {
    bytes.append(UInt8(ascii: open))
    for (position, element) in items.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      newLine(depth + 1)
      item(&self, element)
    }
    if !items.isEmpty { newLine(depth) }
    bytes.append(UInt8(ascii: close))
  }

  private mutating func newLine(_ depth: Int) {
    guard let indentation else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes += repeatElement(UInt8(ascii: " "), count: depth * indentation)
  }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\r"): bytes += "\\r".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes += "\\u00".utf8
        bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
