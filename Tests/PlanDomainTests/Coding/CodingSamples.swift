import Foundation
import TestSupport

// Types of every shape that `Codable` knows, each with a random value.

protocol RandomSample: Codable, Equatable {
  static func random(_ random: inout SeededGenerator) -> Self
}

extension SeededGenerator {
  mutating func text() -> String {
    let pieces = [
      "", "a", "\"", "\\", "\0", "\n", "\u{1F}", "é", "e\u{301}", "☃", "😀", "/", "{x}", "\r\n",
    ]
    return (0..<Int.random(in: 0..<4, using: &self))
      .map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
  }

  mutating func number<I: FixedWidthInteger>(_ type: I.Type = I.self) -> I {
    [I.min, I.max, 0, 1, I.random(in: .min ... .max, using: &self)].randomElement(using: &self)
      ?? 0
  }

  mutating func double() -> Double {
    let drawn = Double(bitPattern: next())
    return [0, -0.0, 1, 0.1, -2.5, .leastNonzeroMagnitude, drawn.isFinite ? drawn : 7]
      .randomElement(using: &self) ?? 0
  }

  mutating func list<T>(_ element: (inout SeededGenerator) -> T) -> [T] {
    (0..<Int.random(in: 0..<12, using: &self)).map { _ in element(&self) }
  }

  mutating func maybe<T>(_ value: (inout SeededGenerator) -> T) -> T? {
    Bool.random(using: &self) ? value(&self) : nil
  }
}

struct Primitives: RandomSample {
  var truth: Bool
  var text: String
  var double: Double
  var int: Int
  var int8: Int8
  var int16: Int16
  var int32: Int32
  var int64: Int64
  var uint: UInt
  var uint8: UInt8
  var uint16: UInt16
  var uint32: UInt32
  var uint64: UInt64

  static func random(_ random: inout SeededGenerator) -> Primitives {
    Primitives(
      truth: .random(using: &random), text: random.text(), double: random.double(),
      int: random.number(), int8: random.number(), int16: random.number(), int32: random.number(),
      int64: random.number(), uint: UInt(random.number(UInt32.self)), uint8: random.number(),
      uint16: random.number(), uint32: random.number(),
      uint64: UInt64(random.number(Int64.self).magnitude >> 1))
  }
}

struct Optionals: RandomSample {
  var number: Int?
  var text: String?
  var nested: Tree?
  var elements: [Int?]
  var members: [String: Double?]
  var date: Date?

  static func random(_ random: inout SeededGenerator) -> Optionals {
    Optionals(
      number: random.maybe { $0.number() }, text: random.maybe { $0.text() },
      nested: random.maybe { .random(&$0) }, elements: random.list { $0.maybe { $0.number() } },
      members: Dictionary(
        random.list { ($0.text(), $0.maybe { $0.double() }) }, uniquingKeysWith: { $1 }),
      date: random.maybe { Date(timeIntervalSinceReferenceDate: $0.double()) })
  }
}

struct Tree: RandomSample {
  var value: Int
  var children: [Tree]

  static func random(_ random: inout SeededGenerator) -> Tree {
    let count = [0, 0, 0, 1, 2].randomElement(using: &random) ?? 0
    return Tree(value: random.number(), children: (0..<count).map { _ in .random(&random) })
  }
}

enum Color: String, Codable, CaseIterable { case red, green, blue }
enum Level: Int, Codable, CaseIterable { case low = 3, high = 5 }

indirect enum Shape: RandomSample {
  case point
  case circle(radius: Double)
  case rectangle(Double, height: Double)
  case filled(Shape, Color)
  case group([Shape])

  static func random(_ random: inout SeededGenerator) -> Shape {
    switch Int.random(in: 0..<7, using: &random) {
    case 0, 1: .point
    case 2: .circle(radius: random.double())
    case 3: .rectangle(random.double(), height: random.double())
    case 4: .filled(.random(&random), .green)
    default: .group((0..<Int.random(in: 0..<2, using: &random)).map { _ in .random(&random) })
    }
  }
}

struct Collections: RandomSample {
  var byName: [String: [Int]]
  var byNumber: [Int: String]
  var byColor: [Color: Int]
  var byID: [UUID: Bool]
  var set: Set<Int>
  var range: Range<Int>
  var closed: ClosedRange<Double>
  var rows: [[String]]
  var many: [String: Int]

  static func random(_ random: inout SeededGenerator) -> Collections {
    let (low, high) = (random.double(), random.double())
    return Collections(
      byName: ["name": random.list { $0.number() }, random.text(): []],
      byNumber: [random.number(): random.text(), -1: random.text()],
      byColor: [.red: random.number(), .blue: 2], byID: [UUID(): .random(using: &random)],
      set: Set(random.list { $0.number() }), range: -3..<random.number(UInt8.self).asInt,
      closed: min(low, high)...max(low, high), rows: random.list { $0.list { $0.text() } },
      many: Dictionary(
        uniqueKeysWithValues: (0..<random.number(UInt8.self).asInt).map { ("key\($0)", $0) }))
  }
}

extension UInt8 {
  fileprivate var asInt: Int { Int(self) }
}

struct FoundationValues: RandomSample {
  var date: Date
  var data: Data
  var url: URL
  var id: UUID
  var optional: Data?
  var urls: [URL]
  var blobs: [String: Data]

  static func random(_ random: inout SeededGenerator) -> FoundationValues {
    let texts = [
      "https://example.com/a%20b?q=1#x", "file:///tmp/a", "relative/path", "mailto:a@b.c",
    ]
    let urls = texts.compactMap { URL(string: $0) }
    return FoundationValues(
      date: Date(timeIntervalSinceReferenceDate: random.double()),
      data: Data(random.list { $0.number() }), url: urls.randomElement(using: &random) ?? urls[0],
      id: UUID(), optional: random.maybe { Data($0.list { $0.number() }) }, urls: urls,
      blobs: ["": Data(), "x": Data(random.list { $0.number() })])
  }
}

class Animal: Codable, Equatable {
  var name: String
  init(name: String) { self.name = name }
  func isSame(as other: Animal) -> Bool { name == other.name }
  static func == (a: Animal, b: Animal) -> Bool { type(of: a) == type(of: b) && a.isSame(as: b) }
}

/// Encodes its superclass in a document of its own.
final class Dog: Animal, RandomSample {
  var tricks: [String]

  init(name: String, tricks: [String]) {
    self.tricks = tricks
    super.init(name: name)
  }

  enum Keys: CodingKey { case tricks }

  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    tricks = try container.decode([String].self, forKey: .tricks)
    try super.init(from: container.superDecoder())
  }

  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try super.encode(to: container.superEncoder())
    try container.encode(tricks, forKey: .tricks)
  }

  override func isSame(as other: Animal) -> Bool {
    super.isSame(as: other) && tricks == (other as? Dog)?.tricks
  }

  static func random(_ random: inout SeededGenerator) -> Dog {
    Dog(name: random.text(), tricks: random.list { $0.text() })
  }
}

/// Encodes itself into the document of its superclass.
final class Cat: Animal, RandomSample {
  var lives: Int

  init(name: String, lives: Int) {
    self.lives = lives
    super.init(name: name)
  }

  enum Keys: CodingKey { case lives }

  required init(from decoder: any Decoder) throws {
    lives = try decoder.container(keyedBy: Keys.self).decode(Int.self, forKey: .lives)
    try super.init(from: decoder)
  }

  override func encode(to encoder: any Encoder) throws {
    try super.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(lives, forKey: .lives)
  }

  override func isSame(as other: Animal) -> Bool {
    super.isSame(as: other) && lives == (other as? Cat)?.lives
  }

  static func random(_ random: inout SeededGenerator) -> Cat {
    Cat(name: random.text(), lives: random.number())
  }
}

/// Opens every kind of nested container, one of them twice.
struct Nested: RandomSample {
  var x: Int
  var y: Double
  var first: String
  var rest: [Bool]
  var last: Color

  enum Keys: CodingKey { case point, list, last }
  enum PointKeys: CodingKey { case x, y }

  static func random(_ random: inout SeededGenerator) -> Nested {
    Nested(
      x: random.number(), y: random.double(), first: random.text(),
      rest: random.list { .random(using: &$0) }, last: .blue)
  }
}

extension Nested {
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let point = try container.nestedContainer(keyedBy: PointKeys.self, forKey: .point)
    x = try point.decode(Int.self, forKey: .x)
    y = try point.decode(Double.self, forKey: .y)
    var list = try container.nestedUnkeyedContainer(forKey: .list)
    first = try list.decode(String.self)
    guard try list.decodeNil() else { throw TestError("null was expected") }
    var inner = try list.nestedUnkeyedContainer()
    rest = []
    while !inner.isAtEnd { rest.append(try inner.decode(Bool.self)) }
    let keyed = try list.nestedContainer(keyedBy: PointKeys.self)
    guard keyed.allKeys.isEmpty,
      try list.superDecoder().singleValueContainer().decode(Int.self) == 7
    else { throw TestError("an empty object and 7 were expected") }
    last = try Color(from: container.superDecoder(forKey: .last))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    var point = container.nestedContainer(keyedBy: PointKeys.self, forKey: .point)
    try point.encode(x, forKey: .x)
    var list = container.nestedUnkeyedContainer(forKey: .list)
    try list.encode(first)
    try list.encodeNil()
    var inner = list.nestedUnkeyedContainer()
    _ = list.nestedContainer(keyedBy: PointKeys.self)
    try inner.encode(contentsOf: rest)
    var single = list.superEncoder().singleValueContainer()
    try single.encode(7)
    var again = container.nestedContainer(keyedBy: PointKeys.self, forKey: .point)
    try again.encode(y, forKey: .y)
    try last.encode(to: container.superEncoder(forKey: .last))
  }
}
