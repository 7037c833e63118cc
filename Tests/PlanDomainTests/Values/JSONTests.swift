import PlanDomain
import TestSupport
import TestTraits
import Testing

@Suite("JSON", .dedicatedThread)
struct JSONTests {
  @Test(
    "is refused unless it is strict, whole and without repeated keys",
    arguments: [
      "", " ", "{", "[", "]", "[1,]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}",
      "{\"a\":1 \"b\":2}",
      "01", "-", "-01", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN", "Infinity", "1e999", "-1e999",
      "9223372036854775808", "-9223372036854775809", "tru", "nul", "falsey", "'a'", "\"a",
      "\"\\x\"",
      "\"\\u12\"", "\"\\u12G4\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\u{01}\"",
      "\"a\nb\"", "1 1", "{}{}", "{\"a\":1,\"a\":2}", "{\"\\u0061\":1,\"a\":2}", "\u{FEFF}1", "[1}",
      "\"\\", "\"\\u", "{\"a\"", "{1:2}", "//", "[nul]", "\"\\ud800\\n\"",
    ])
  func refused(text: String) {
    #expect { try JSONValue(parsing: text) } throws: { error in
      PlanError.Code.invalidJSON ~= error
    }
  }

  @Test("is refused with its position, but without the text at it")
  func errors() {
    #expect(
      throws: PlanError.invalidJSON(
        field: "result", offset: 12, reason: "a value was expected")
    ) { try JSONValue(parsing: "{\"secret\": [x]}", field: "result") }
    #expect(errorCode { try JSONValue(parsing: [0x22, 0xFF, 0x22]) } == "invalidJSON")
  }

  @Test("keeps integers, doubles, escapes and the order of members")
  func accepted() throws {
    let text = #"{"z":[0,-1,9223372036854775807,-9223372036854775808],"a":{"d":1.5},"":null}"#
    let value = try JSONValue(parsing: text)
    #expect(value.serialized() == text)
    #expect(value["z"]?.arrayValue?.last == .integer(.min))
    #expect(value["a"]?["d"]?.doubleValue == 1.5 && value["a"]?["x"] == nil)
    #expect(try JSONValue(parsing: "1.0") == .double(FiniteDouble(1)))
    #expect(try JSONValue(parsing: "1.0") != .integer(1))
    #expect(try JSONValue(parsing: "-0") == .double(FiniteDouble(-0.0)))
    #expect(try JSONValue(parsing: "1E2").doubleValue == 100)
    let escapes = try JSONValue(parsing: #""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000""#)
    #expect(escapes.stringValue == "\"\\/\u{08}\u{0C}\n\r\tAé😀\0")
    #expect(try JSONValue(parsing: " \t\r\n[ true , false ] ") == [true, false])
  }

  @Test("is compared by bytes, where Unicode would hold texts for equal")
  func bytes() throws {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    #expect(composed == decomposed)
    #expect(JSONValue.string(composed) != .string(decomposed))
    #expect(try JSONObject([(composed, 1)]) != JSONObject([(decomposed, 1)]))
    #expect(try JSONObject([(composed, 1), (decomposed, 2)]).count == 2)
    #expect(try JSONObject([(composed, 1)])[decomposed] == nil)
  }

  @Test("comes back from its text, whatever it is")
  func roundTrip() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<Rounds.scaled(5_000, long: 20_000) {
      let value = JSONValue.random(&random, depth: 4)
      let text = value.serialized()
      #expect(!text.contains("\n"))
      let (back, pretty) = (try JSONValue(parsing: text), try JSONValue(parsing: value.pretty()))
      guard back == value, pretty == value, back.hashValue == value.hashValue else {
        Issue.record("did not come back: \(text)")
        return
      }
      try value.checked(field: "value", limit: text.utf8.count)
    }
  }

  // Fails when any kind of value counts a byte more or less than the writer writes.
  @Test("is measured as what is written, to the byte")
  func measure() throws {
    var random = SeededGenerator.announced()
    let edges: [JSONValue] = [
      [], [:], [[]], [nil, true, false], "\u{8}\t\n\r\u{1F}\"\\/\u{7F}é😀", ["": 0, "\n": [1, 2]],
      [0, 9, 10, 99, 100, -1, -9, -10, .integer(.min), .integer(.max)],
      .double(try FiniteDouble(-0.0)), .double(try FiniteDouble(1e300)),
      .double(try FiniteDouble(.leastNonzeroMagnitude)),
    ]
    for value in edges + (0..<5_000).map({ _ in JSONValue.random(&random, depth: 4) }) {
      let bytes = value.serialized().utf8.count
      try value.checked(field: "value", limit: bytes)
      #expect(
        throws: PlanError.documentTooLarge(field: "value", bytes: bytes, limit: bytes - 1)
      ) { try value.checked(field: "value", limit: bytes - 1) }
    }
  }

  // An estimate of the largest number for each element would refuse it.
  @Test("of two million bytes in a million small numbers is within the limits")
  func smallNumbers() throws {
    let value = JSONValue.array(Array(repeating: 7, count: 1_000_000))
    #expect(value.serialized().utf8.count == 2_000_001)
    try value.checked(field: "value")
  }

  @Test("never crashes the parser, whatever bytes it is given")
  func fuzzing() {
    var random = SeededGenerator.announced()
    var refused = 0
    let inputs = Rounds.scaled(20_000, long: 100_000)
    for _ in 0..<inputs {
      var bytes = Array(JSONValue.random(&random, depth: 3).serialized().utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
        case 1: bytes.removeSubrange(index...)
        default: if index < bytes.count { bytes[index] = UInt8.random(in: 0...255, using: &random) }
        }
      }
      if (try? JSONValue(parsing: bytes)) == nil { refused += 1 }
    }
    #expect(refused > inputs / 10)
  }

  @Test("is limited in size and in depth, with an error for each")
  func limits() throws {
    let deep = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
    #expect(errorCode { try JSONValue(parsing: deep) } == "invalidJSON")
    let fits = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    try JSONValue(parsing: fits).checked(field: "value")
    #expect(
      errorCode {
        try JSONValue.array([JSONValue(parsing: fits)]).checked(field: "value")
      } == "invalidJSON")
    #expect(
      errorCode {
        try JSONValue.object(["a": JSONValue(parsing: fits)]).checked(field: "value")
      } == "invalidJSON")
    let large = String(repeating: "x", count: PlanLimits.documentBytes)
    #expect { try JSONValue(parsing: "\"\(large)\"") } throws: { error in
      PlanError.Code.documentTooLarge ~= error
    }
    #expect {
      try JSONValue.string(large).checked(field: "value")
    } throws: { error in
      error as? PlanError
        == .documentTooLarge(
          field: "value", bytes: PlanLimits.documentBytes + 2, limit: PlanLimits.documentBytes)
    }
    #expect(throws: PlanError.notFinite) { try FiniteDouble(.infinity) }
    #expect(throws: PlanError.notFinite) { try FiniteDouble(.nan) }
  }

  // Sixteen times the members take about sixteen times as long; compared with each other, to find
  // one that is repeated, they would take more than two hundred times as long.
  @Test("is read in a time that grows with the number of members, not with its square")
  func manyMembers() throws {
    func time(_ count: Int) throws -> Int64 {
      let text = Self.object(members: count)
      let times = try (0..<3).map { _ in
        var parsed: JSONValue?
        let time = try ProcessorTime.of { parsed = try JSONValue(parsing: text) }
        #expect(parsed?.objectValue?.count == count)
        return time
      }
      return times.min() ?? 0
    }
    let (few, many) = (try time(10_000), try time(160_000))
    #expect(many < 64 * few, "\(few) ns and \(many) ns")
  }

  // Swift compares characters, for which these two are equal.
  @Test("keeps keys that look alike apart when their bytes differ, of the same number")
  func keysOfTheSameCharacters() throws {
    let keys = ["a\u{323}\u{307}", "a\u{307}\u{323}"]
    #expect(keys[0] == keys[1] && keys[0].utf8.count == keys[1].utf8.count)
    let object = try JSONObject([(keys[0], 1), (keys[1], 2)])
    #expect(object[keys[0]] == 1 && object[keys[1]] == 2)
    let text = JSONValue.object(object).serialized()
    #expect(try JSONValue(parsing: text) == .object(object))
  }

  @Test("with a repeated key among very many members is refused")
  func repeatedKeyAmongMany() throws {
    let text = Self.object(members: 100_000).dropLast() + ",\"key7\":1}"
    #expect(errorCode { try JSONValue(parsing: String(text)) } == "invalidJSON")
  }

  private static func object(members count: Int) -> String {
    "{" + (0..<count).map { "\"key\($0)\":\($0)" }.joined(separator: ",") + "}"
  }

  @Test("can be written as literals and asked for what it is")
  func literals() throws {
    let value: JSONValue = ["a": nil, "b": true, "c": [1, "x"], "b": false]
    #expect(value.serialized() == #"{"a":null,"c":[1,"x"],"b":false}"#)
    #expect(value["b"]?.boolValue == false && value["c"]?.arrayValue?.count == 2)
    #expect(value["c"]?.arrayValue?.first?.integerValue == 1)
    let numbers: JSONValue = [1, 1.0, -2.5, 1e3]
    #expect(numbers.serialized() == "[1,1.0,-2.5,1000.0]")
    #expect(JSONValue.null.stringValue == nil && JSONValue.null.integerValue == nil)
    #expect(JSONValue.null.doubleValue == nil && JSONValue.integer(2).doubleValue == 2)
    #expect(JSONValue.null.boolValue == nil && JSONValue.null.arrayValue == nil)
    #expect(JSONValue.null["x"] == nil && JSONValue.null != .bool(false))
    #expect(errorCode { try JSONObject([("a", 1), ("a", 2)]) } == "invalidJSON")
    #expect(value.objectValue?.first?.key == "a")
  }
}

extension JSONValue {
  /// Any document, hostile texts and extreme numbers among them.
  static func random(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2:
      return .integer(
        [.min, .max, 0, -1, Int64.random(in: .min ... .max, using: &random)]
          .randomElement(using: &random) ?? 0)
    case 3:
      let double = Double(bitPattern: random.next())
      return (try? FiniteDouble(double)).map { .double($0) } ?? .null
    case 4, 5: return .string(text(&random))
    case 6:
      return .array(
        (0..<Int.random(in: 0..<5, using: &random)).map { _ in
          self.random(&random, depth: depth - 1)
        })
    default:
      let members = (0..<Int.random(in: 0..<12, using: &random)).map { index in
        ("\(index)\(text(&random))", self.random(&random, depth: depth - 1))
      }
      return .object((try? JSONObject(members)) ?? [:])
    }
  }

  private static func text(_ random: inout SeededGenerator) -> String {
    let pieces = [
      "", "a", "\"", "\\", "\0", "\n", "\u{1F}", "é", "e\u{301}", "☃", "😀", "\u{202E}", "{x}",
      "'--",
      "%s", "\u{FFFD}", "\u{10FFFF}", "\r\n",
    ]
    return (0..<Int.random(in: 0..<4, using: &random))
      .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
  }
}
