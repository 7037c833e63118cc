import Foundation
import PlanDomain
import TestSupport
import TestTraits
import Testing

@Suite("A value that is encoded", .dedicatedThread)
struct CodingRoundTripTests {
  /// The value comes back from our document and from its text, and the document is the one that
  /// `JSONEncoder` writes, in any order; each decoder reads what the other's encoder wrote.
  private func check<T: RandomSample>(_ type: T.Type, _ random: inout SeededGenerator) throws {
    for _ in 0..<Rounds.scaled(150, long: 3_000) {
      let value = T.random(&random)
      let document = try JSONValue(encoding: value)
      try #require(try document.decoded(as: type) == value, "\(document.serialized())")
      let stored = try JSONValue(parsing: document.serialized())
      try #require(stored == document)
      try #require(try stored.decoded(as: type) == value)
      let theirs = try JSONValue(parsing: Array(try JSONEncoder().encode(value)))
      try #require(
        document.hasSameContent(as: theirs), "\(document.serialized())\n\(theirs.serialized())")
      try #require(try theirs.decoded(as: type) == value)
      let text = Data(document.serialized().utf8)
      try #require(try JSONDecoder().decode(type, from: text) == value)
    }
  }

  @Test("comes back as it was, in the form that JSONEncoder gives it")
  func roundTrips() throws {
    var random = SeededGenerator.announced()
    try check(Primitives.self, &random)
    try check(Optionals.self, &random)
    try check(Tree.self, &random)
    try check(Shape.self, &random)
    try check(Collections.self, &random)
    try check(FoundationValues.self, &random)
    try check(Dog.self, &random)
    try check(Cat.self, &random)
    try check(Nested.self, &random)
  }

  @Test("comes back where JSONEncoder has another form for it, or none")
  func ownForms() throws {
    func check<T: Codable & Equatable>(_ value: T, _ form: JSONValue? = nil) throws {
      let document = try JSONValue(encoding: value)
      #expect(try document.decoded(as: T.self) == value)
      if let form { #expect(document == form) }
    }
    for duration in [
      Duration.zero, .seconds(10), .milliseconds(-1_500), .seconds(Int64.max), .seconds(Int64.min),
    ] {
      try check([duration])
    }
    try check(Duration.milliseconds(1_500), [1, 500_000_000_000_000_000])
    try check([Float(0.1), .greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude])
    try check([Int128(Int64.max), Int128(Int64.min)], [.integer(.max), .integer(.min)])
    try check(["a": UInt128(7)], ["a": 7])
    try check(UInt128(7), 7)
    try check(Int128(-7), -7)
    try check(try #require(Decimal(string: "12345678901234567890.123456789")))
    try check(try #require(URL(string: "https://example.com/a/")), "https://example.com/a/")
    try check(Data([0, 255, 254]), "AP/+")
    try check(Data(), "")
    try check(Date(timeIntervalSinceReferenceDate: 0.5), 0.5)
    try check(Date(timeIntervalSinceReferenceDate: 12), 12.0)
    try check([Int?.none, 1], [nil, 1])
    try check(Int?.none, nil)
    try check("text", "text")
  }

  @Test("as a URL with a base is its absolute string, as with JSONEncoder")
  func relativeURLs() throws {
    let bases = [
      "http://a/b/c/d;p?q", "https://example.com", "https://example.com/a/", "file:///tmp/x/",
      "https://u:p@example.com:8080/a/b?x=1#y",
    ]
    // The examples of RFC 3986, section 5.4, but those whose scheme is that of the base.
    let references = [
      "g:h", "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", "g?y#s", ";x", "g;x",
      "g;x?y#s", "", ".", "./", "..", "../", "../g", "../..", "../../", "../../g", "../../../g",
      "/./g", "/../g", "g.", ".g", "g..", "..g", "./../g", "./g/.", "g/./h", "g/../h", "g;x=1/./y",
      "g?y/./x", "g?y/../x", "g#s/./x", "g#s/../x",
    ]
    for base in bases {
      for reference in references {
        guard let url = URL(string: reference, relativeTo: URL(string: base)) else { continue }
        let document = try JSONValue(encoding: [url])
        let theirs = try JSONValue(parsing: Array(try JSONEncoder().encode([url])))
        #expect(document == theirs, "\(reference) below \(base)")
        #expect(try document.decoded(as: [URL].self) == [url.absoluteURL])
      }
    }
    // The form in which such URLs were stored before is still read.
    let stored: JSONValue = ["relative": "b", "base": "https://example.com/a/"]
    #expect(
      try stored.decoded(as: URL.self).absoluteString == "https://example.com/a/b")
    // A type that looks like a URL is not one.
    struct Place: Codable { var relative = "b", base = "c" }
    #expect(try JSONValue(encoding: Place()) == ["relative": "b", "base": "c"])
  }

  @Test("as bytes is read from base64 and from an array of numbers, and from nothing else")
  func bytes() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<Rounds.scaled(1_000) {
      let data = Data(random.list { $0.number() } + random.list { $0.number() })
      #expect(try JSONValue(encoding: data) == .string(data.base64EncodedString()))
    }
    #expect(try JSONValue.array([1, 2]).decoded(as: Data.self) == Data([1, 2]))
    for text in ["A", "AA", "AAA", "A===", "====", "AA=A", "AB==C", "AAA*", "AA A", "é==="] {
      #expect(
        throws: PlanError.notDecodable("document", reason: "it is a string, but not in base64")
      ) { try JSONValue.string(text).decoded(as: Data.self) }
    }
  }

  @Test("keeps integers as integers, doubles as doubles, and the order of its members")
  func order() throws {
    struct Sample: Codable {
      var z = 1
      var y = 1.0
      var x = "x"
      var w = true
      var v: Int?
    }
    let document = try JSONValue(encoding: Sample())
    #expect(document.serialized() == #"{"z":1,"y":1.0,"x":"x","w":true}"#)
    struct Nothing: Codable {}
    #expect(try JSONValue(encoding: [Nothing()]) == [[:]])
    #expect(try JSONValue(encoding: [String]()) == [])
  }

  @Test("with very many members takes a time that grows with their number, not with its square")
  func manyMembers() throws {
    func time(_ count: Int) throws -> Int64 {
      let value = Dictionary(uniqueKeysWithValues: (0..<count).map { ("key\($0)", $0) })
      let times = try (0..<3).map { _ in
        try ProcessorTime.of {
          let document = try JSONValue(encoding: value)
          #expect(try document.decoded(as: [String: Int].self).count == count)
        }
      }
      return times.min() ?? 0
    }
    let (few, many) = (try time(2_000), try time(32_000))
    #expect(many < 64 * few, "\(few) ns and \(many) ns")
  }

  @Test("tells keys apart by their bytes, where Unicode would hold them for equal")
  func keys() throws {
    struct Sample: Codable, Equatable {
      var values: [Int]
      struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
        // Enough keys to be looked up rather than compared.
        static let all = (["\u{E9}", "e\u{301}"] + (0..<20).map { "k\($0)" })
          .map { Key(stringValue: $0) }
      }
      init(_ values: [Int]) { self.values = values }
      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        values = try Key.all.map { try container.decode(Int.self, forKey: $0) }
      }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (key, value) in zip(Key.all, values) {
          try container.encode("replaced", forKey: key)
          try container.encode(value, forKey: key)
        }
      }
    }
    let value = Sample(Array(1...22))
    let document = try JSONValue(encoding: value)
    #expect(document.objectValue?.count == 22)
    #expect(try document.decoded(as: Sample.self) == value)
  }
}

extension JSONValue {
  /// Whether two documents are equal when a double equals an integer of the same value, and members
  /// are in any order: `JSONEncoder` writes 1.0 as 1 and keeps no order.
  func hasSameContent(as other: JSONValue) -> Bool {
    switch (self, other) {
    case (.integer, .double), (.double, .integer), (.double, .double):
      doubleValue == other.doubleValue
    case (.array(let a), .array(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.hasSameContent(as: $1) }
    case (.object(let a), .object(let b)):
      a.count == b.count
        && a.allSatisfy { member in
          b[member.key].map { member.value.hasSameContent(as: $0) } ?? false
        }
    default: self == other
    }
  }
}
