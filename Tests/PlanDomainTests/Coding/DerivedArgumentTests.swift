import Foundation
import PlanDomain
import TestSupport
import TestTraits
import Testing

@Suite("An argument list that is derived from a type", .dedicatedThread)
struct DerivedArgumentTests {
  private func derived<T: Decodable>(_ type: T.Type) throws -> [String] {
    try ArgumentList(of: type).definitions.map { definition in
      let bounds = [definition.minimum, definition.maximum].map { $0?.serialized() ?? "" }
      let requirement = definition.requirement == .required ? "" : "?"
      return "\(definition.name)\(requirement) \(definition.type.rawValue) "
        + bounds.joined(separator: "…")
    }
  }

  private func failure<T: Decodable>(_ type: T.Type) -> PlanError? {
    do { _ = try ArgumentList(of: type) } catch { return error }
    return nil
  }

  @Test("names each member with its type, in their order, optional ones as such")
  func members() throws {
    struct Order: Codable {
      let id: Int
      let customer: String?
      let express: Bool
      let weight: Double
      let size: Float?
      let items: [String]
      let tags: Set<String>?
      let prices: [String: Double]
      let byNumber: [Int: String]
      let tree: Tree
      let wait: Duration
      let range: Range<Int>
    }
    #expect(
      try derived(Order.self) == [
        "id integer …", "customer? string …", "express boolean …", "weight number …",
        "size? number …", "items list …", "tags? list …", "prices object …", "byNumber object …",
        "tree object …", "wait list …", "range list …",
      ])
  }

  @Test("bounds integers by their type")
  func integers() throws {
    #expect(
      try derived(Primitives.self).filter { $0.contains("integer") } == [
        "int integer …", "int8 integer -128…127", "int16 integer -32768…32767",
        "int32 integer -2147483648…2147483647", "int64 integer …", "uint integer 0…",
        "uint8 integer 0…255", "uint16 integer 0…65535", "uint32 integer 0…4294967295",
        "uint64 integer 0…",
      ])
    struct Wide: Codable {
      let a: Int128
      let b: UInt128?
    }
    #expect(try derived(Wide.self) == ["a integer …", "b? integer 0…"])
  }

  @Test("knows the types of Foundation and those that refuse most texts")
  func foundation() throws {
    struct Upload: Codable {
      let id: UUID
      let at: Date
      let site: URL
      let bytes: Data?
      let amount: Decimal
      let color: Color
      let level: Level?
    }
    #expect(
      try derived(Upload.self) == [
        "id string …", "at number …", "site string …", "bytes? string …", "amount object …",
        "color string …", "level? integer …",
      ])
  }

  @Test("takes optional members of any type, also those for which there is no sample")
  func optionalMembers() throws {
    struct Drawing: Codable {
      let shape: Shape?
      let nested: Nested?
      let recursive: Recursive?
      let name: String
    }
    final class Recursive: Codable {
      var next: Recursive?
      var value = 1
    }
    #expect(
      try derived(Drawing.self) == [
        "shape? object …", "nested? object …", "recursive? object …", "name string …",
      ])
    struct Required: Codable {
      let recursive: Recursive
      let last: Int
    }
    #expect(try derived(Required.self) == ["recursive object …", "last integer …"])
  }

  @Test("follows an initialiser that was written by hand")
  func byHand() throws {
    struct ByHand: Decodable {
      enum Keys: CodingKey { case a, b, c, d, e, f, g }
      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        _ = try container.decodeIfPresent(Int.self, forKey: .a) ?? 5
        _ = try container.decode(String?.self, forKey: .b)
        if container.contains(.c) { _ = try container.decode([Int].self, forKey: .c) }
        if try !container.decodeNil(forKey: .d) { _ = try container.decode(Bool.self, forKey: .d) }
        let inner = try container.nestedContainer(keyedBy: Keys.self, forKey: .e)
        _ = try inner.decode(Color.self, forKey: .a)
        var list = try container.nestedUnkeyedContainer(forKey: .f)
        while !list.isAtEnd { _ = try list.decode(Int.self) }
        _ = try container.decode(Int.self, forKey: .a)
        _ = try container.superDecoder(forKey: .g).singleValueContainer().decode(Int8.self)
      }
    }
    #expect(
      try derived(ByHand.self) == [
        "a? integer …", "b? string …", "c? list …", "d? boolean …", "e object …", "f list …",
        "g integer -128…127",
      ])
    #expect(try derived(Dog.self) == ["tricks list …", "super object …"])
    #expect(try derived(Cat.self) == ["lives integer …", "name string …"])
    struct Empty: Codable {}
    #expect(try derived(Empty.self) == [])
  }

  @Test("is that of a type whose initialiser reads the first element, text or character")
  func firstElements() throws {
    enum Fruit: String, Codable { case apple }
    struct Reader: Decodable {
      enum Keys: CodingKey { case items, rows, text, number, fruits, recursive, pairs, nested }
      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        _ = try container.decode([Int].self, forKey: .items)[0]
        _ = try container.decode([[String]].self, forKey: .rows)[0][0]
        let text = try container.decode(String.self, forKey: .text)
        _ = text[text.startIndex]
        _ = try container.decode([UInt8].self, forKey: .number)[0]
        // Elements that refuse all samples, or contain their own type, are no hindrance.
        _ = try container.decode([Fruit].self, forKey: .fruits)
        _ = try container.decode([Tree].self, forKey: .recursive)[0].children
        _ = try container.decode([Level: [Double]].self, forKey: .pairs)
        var nested = try container.nestedUnkeyedContainer(forKey: .nested)
        var found: [Int] = []
        while !nested.isAtEnd {
          found.append(try nested.decodeNil() ? 0 : nested.decode(Int.self))
        }
        _ = found[0]
      }
    }
    #expect(
      try derived(Reader.self) == [
        "items list …", "rows list …", "text string …", "number list …", "fruits list …",
        "recursive list …", "pairs list …", "nested list …",
      ])
  }

  @Test("of a type with many lists of itself does not take for ever")
  func manyLists() throws {
    struct Wide: Codable {
      var a: [Wide], b: [Wide], c: [Wide], d: [Wide], e: [Wide], f: [Wide], g: [Wide], h: [Wide]
      var named: [String: Wide]
    }
    #expect(try derived(Wide.self).count == 9)
  }

  @Test("is refused with what to do where a type does not say which members it has")
  func refusals() {
    enum Fruit: String, Codable { case apple, pear }
    struct Basket: Codable {
      let count: Int
      let fruit: Fruit
    }
    struct Canvas: Codable { let shape: Shape }
    struct Named: Codable {
      let name: String
      enum CodingKeys: String, CodingKey { case name = "the name" }
    }
    struct Unread: Decodable {
      enum Keys: CodingKey { case a }
      init(from decoder: any Decoder) throws {
        _ = try decoder.container(keyedBy: Keys.self).superDecoder(forKey: .a)
      }
    }
    struct Strict: Decodable {
      init(from decoder: any Decoder) throws { throw TestError() }
    }
    let object = "arguments are the members of an object"
    let keys = "it asks for the keys that are there, as dictionaries and enumerations do"
    let refused: [(PlanError?, type: String, argument: String?, reason: String)] = [
      (failure([Int].self), "Array<Int>", nil, "it is a list, and \(object)"),
      (failure(Int.self), "Int", nil, "it is a single value, and \(object)"),
      (failure(Int?.self), "Optional<Int>", nil, "it is a single value, and \(object)"),
      (failure([String: Int].self), "Dictionary<String, Int>", nil, keys),
      (failure(Shape.self), "Shape", nil, keys),
      (failure(Basket.self), "Basket", "fruit", "its type Fruit refuses all sample values"),
      (failure(Canvas.self), "Canvas", "shape", "its type Shape refuses all sample values"),
      (
        failure(Unread.self), "Unread", "a",
        "its value was not decoded, so that its type is unknown"
      ),
      (failure(Strict.self), "Strict", nil, "its init(from:) refuses sample values"),
    ]
    for (error, type, argument, reason) in refused {
      #expect(error == .argumentsNotDerivable(type, argument: argument, reason: reason))
      #expect(error?.description.contains("pass the list, as in ArgumentList([") == true)
    }
    #expect(failure(Named.self)?.code == .invalidArgumentDefinition)
  }

  @Test("accepts the arguments that its type encodes")
  func accepts() throws {
    var random = SeededGenerator.announced()
    func check<T: RandomSample>(_ type: T.Type) throws {
      let list = try ArgumentList(of: type)
      for _ in 0..<Rounds.scaled(200) {
        let value = T.random(&random)
        let object = try #require(try JSONValue(encoding: value).objectValue)
        let resolved = JSONValue.object(try list.resolve(object))
        try #require(try resolved.decoded(as: type) == value)
      }
    }
    try check(Primitives.self)
    try check(Optionals.self)
    try check(Tree.self)
    try check(Collections.self)
    try check(FoundationValues.self)
    try check(Cat.self)
  }
}
