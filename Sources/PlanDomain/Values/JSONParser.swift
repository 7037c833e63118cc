extension JSONValue {
  /// Parses strict JSON (RFC 8259) without repeated keys.
  ///
  /// - Throws: ``PlanError/Code/documentTooLarge`` if the text has more than 16 MiB;
  ///   ``PlanError/Code/invalidJSON`` with offset and reason if it is not JSON, has a repeated key
  ///   or is nested more than 128 deep. No error contains a part of the text.
  public init(parsing text: String, field: String = "document") throws(PlanError) {
    try self.init(parsing: Array(text.utf8), field: field)
  }

  /// Parses UTF-8 bytes of strict JSON (RFC 8259) without repeated keys.
  ///
  /// - Throws: ``PlanError/Code/documentTooLarge`` above 16 MiB; ``PlanError/Code/invalidJSON``
  ///   with offset and reason if the bytes are not JSON, have a repeated key or are nested more
  ///   than 128 deep. No error contains any of the bytes.
  public init(parsing bytes: [UInt8], field: String = "document") throws(PlanError) {
    guard bytes.count <= PlanLimits.documentBytes else {
      throw .documentTooLarge(field: field, bytes: bytes.count, limit: PlanLimits.documentBytes)
    }
    var parser = JSONParser(bytes: bytes, field: field, maxDepth: PlanLimits.documentDepth)
    self = try parser.document()
  }

  /// Parses a document that an adapter wrote, for example several documents in one array.
  ///
  /// Applies no size limit, because each document was checked before it was stored.
  ///
  /// - Throws: ``PlanError/Code/invalidJSON`` with offset and reason if the bytes are not such a
  ///   document.
  public init(stored bytes: [UInt8], field: String) throws(PlanError) {
    var parser = JSONParser(bytes: bytes, field: field, maxDepth: PlanLimits.documentDepth + 8)
    self = try parser.document()
  }
}

/// Parses one document, byte by byte.
private struct JSONParser {
  let bytes: [UInt8]
  let field: String
  let maxDepth: Int
  var position = 0

  init(bytes: [UInt8], field: String, maxDepth: Int) {
    self.bytes = bytes
    self.field = field
    self.maxDepth = maxDepth
  }

  mutating func document() throws(PlanError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw invalid("there is data after the document") }
    return value
  }

  private func invalid(_ reason: String, at offset: Int? = nil) -> PlanError {
    .invalidJSON(field: field, offset: offset ?? position, reason: reason)
  }

  /// The byte at `position`; zero, which no token begins with, at the end.
  private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(PlanError) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default:
      throw invalid(position < bytes.count ? "a value was expected" : "the document ends too early")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(PlanError) -> JSONValue {
    let end = position + word.utf8.count
    guard end <= bytes.count, bytes[position..<end].elementsEqual(word.utf8) else {
      throw invalid("a value was expected")
    }
    position = end
    return value
  }

  private mutating func enter(_ depth: Int) throws(PlanError) {
    guard depth < maxDepth else {
      throw invalid("it is nested more than \(maxDepth) deep")
    }
    position += 1
    skipSpace()
  }

  /// Whether another element follows; consumes the comma or the closing bracket.
  private mutating func another(before close: UInt8) throws(PlanError) -> Bool {
    skipSpace()
    defer { position += 1 }
    if next == UInt8(ascii: ",") { return true }
    guard next == close else {
      throw invalid(position < bytes.count ? "a comma was expected" : "the document ends too early")
    }
    return false
  }

  private mutating func array(depth: Int) throws(PlanError) -> JSONValue {
    try enter(depth)
    var elements: [JSONValue] = []
    if next == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    repeat {
      elements.append(try value(depth: depth + 1))
    } while try another(before: UInt8(ascii: "]"))
    return .array(elements)
  }

  private mutating func object(depth: Int) throws(PlanError) -> JSONValue {
    let start = position
    try enter(depth)
    var members: [JSONObject.Member] = []
    if next == UInt8(ascii: "}") {
      position += 1
      return .object([:])
    }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw invalid("a key was expected") }
      let key = try string()
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw invalid("a colon was expected") }
      position += 1
      members.append((key, try value(depth: depth + 1)))
    } while try another(before: UInt8(ascii: "}"))
    if let index = JSONObject.repeatedKey(in: members) {
      throw invalid(
        "member \(index + 1) of the object here has the key of an earlier one", at: start)
    }
    return .object(JSONObject(unchecked: members))
  }

  private mutating func number() throws(PlanError) -> JSONValue {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    try digits()
    if bytes[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
      throw invalid("a number must not begin with 0", at: firstDigit)
    }
    var isInteger = true
    if next == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits()
    }
    if next | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    // Integers have no negative zero.
    if isInteger, text != "-0" {
      guard let value = Int64(text) else {
        throw invalid("an integer has at most 64 bits; write a point for a double", at: start)
      }
      return .integer(value)
    }
    guard let value = Double(text), let finite = try? FiniteDouble(value) else {
      throw invalid("the number is too large", at: start)
    }
    return .double(finite)
  }

  private mutating func digits() throws(PlanError) {
    let start = position
    while UInt8(ascii: "0") <= next, next <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw invalid("a digit was expected") }
  }

  private mutating func string() throws(PlanError) -> String {
    position += 1
    let start = position
    var text: [UInt8]?
    while true {
      guard position < bytes.count else { throw invalid("the document ends inside a string") }
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        let raw = text.map { $0[...] } ?? bytes[start..<position]
        guard let string = String(validating: raw, as: UTF8.self) else {
          throw invalid("the string that starts here is not UTF-8", at: start)
        }
        position += 1
        return string
      case UInt8(ascii: "\\"):
        if text == nil { text = Array(bytes[start..<position]) }
        position += 1
        text?.append(contentsOf: try escape())
      case 0..<0x20: throw invalid("a control character must be written as an escape")
      default:
        text?.append(byte)
        position += 1
      }
    }
  }

  private mutating func escape() throws(PlanError) -> [UInt8] {
    defer { position += 1 }
    switch next {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [next]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw invalid("the escape is not valid JSON")
    }
  }

  /// Parses one code point, written as one escape or a surrogate pair; stops at its last digit.
  private mutating func unicodeEscape() throws(PlanError) -> [UInt8] {
    let start = position - 1
    var code = try fourDigits()
    if (0xD800..<0xDC00).contains(code), position + 2 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "\\"), bytes[position + 2] == UInt8(ascii: "u")
    {
      position += 2
      let low = try fourDigits()
      guard (0xDC00..<0xE000).contains(low) else {
        throw invalid("a surrogate is not part of a pair", at: start)
      }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw invalid("a surrogate is not part of a pair", at: start)
    }
    return Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }

  /// Parses the four digits after the `u` at `position`; moves `position` to the last one.
  private mutating func fourDigits() throws(PlanError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      position += 1
      guard let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
        throw invalid("four hexadecimal digits were expected")
      }
      code = code << 4 | UInt32(digit)
    }
    return code
  }
}
