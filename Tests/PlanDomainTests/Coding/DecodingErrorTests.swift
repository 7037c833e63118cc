import Foundation
import PlanDomain
import TestSupport
import TestTraits
import Testing

@Suite("A document that does not fit a type", .dedicatedThread)
struct DecodingErrorTests {
  private struct Order: Decodable {
    struct Item: Decodable {
      let price: Double
      let count: UInt8?
      let site: URL?
      let id: UUID?
    }
    let items: [Item]
    let color: Color?
    let shape: Shape?
    let wait: Duration?
  }

  private func failure<T: Decodable>(_ type: T.Type, _ document: JSONValue) -> PlanError? {
    do { _ = try document.decoded(as: type, field: "arguments") } catch {
      return error as? PlanError
    }
    return nil
  }

  @Test("is refused with the path of what is wrong")
  func paths() {
    let sound: JSONValue = ["price": 1]
    let wrong: [(JSONValue, path: String, reason: String)] = [
      ([], "arguments", "it is an array, but an object is needed"),
      (nil, "arguments", "it is null, but an object is needed"),
      ([:], "arguments.items", "it is missing"),
      (["items": nil], "arguments.items", "it is null, but an array is needed"),
      (["items": "x"], "arguments.items", "it is a string, but an array is needed"),
      (
        ["items": [sound, sound, sound, ["price": "x"]]], "arguments.items[3].price",
        "it is a string, but Double is needed"
      ),
      (["items": [sound, [:]]], "arguments.items[1].price", "it is missing"),
      (
        ["items": [["price": true]]], "arguments.items[0].price",
        "it is a boolean, but Double is needed"
      ),
      (
        ["items": [["price": 1, "count": 256]]], "arguments.items[0].count",
        "it is a number outside the range of UInt8"
      ),
      (
        ["items": [["price": 1, "count": 1.5]]], "arguments.items[0].count",
        "it is a number that has a fraction or is outside the range of UInt8"
      ),
      (
        ["items": [["price": 1, "count": [:]]]], "arguments.items[0].count",
        "it is an object, but UInt8 is needed"
      ),
      (
        ["items": [["price": 1, "id": "secret"]]], "arguments.items[0].id",
        "its type refuses it"
      ),
      (["items": [["price": 1, "site": ""]]], "arguments.items[0].site", "its type refuses it"),
      (["items": [], "color": "secret"], "arguments.color", "its type refuses it"),
      (
        ["items": [], "shape": ["circle": [:]]], "arguments.shape.circle.radius", "it is missing"
      ),
      (
        ["items": [], "shape": ["star": [:]]], "arguments.shape",
        "it does not have the form of Shape"
      ),
      (
        ["items": [], "wait": [1]], "arguments.wait",
        "it is an array, but an array of seconds and attoseconds is needed"
      ),
    ]
    for (document, path, reason) in wrong {
      let error = failure(Order.self, document)
      #expect(error == .notDecodable(path, reason: reason))
      #expect(error?.description.contains("secret") == false)
    }
  }

  @Test("is refused with the names of members, also of those that have a number as well")
  func numberedMembers() {
    struct Numbered: Codable {
      var first: Int
      var second: [Int: [Int]]
      enum CodingKeys: Int, CodingKey {
        case first = 1
        case second
      }
    }
    #expect(failure(Numbered.self, ["first": "x"])?.field == "arguments.first")
    #expect(failure(Numbered.self, [:])?.field == "arguments.first")
    #expect(
      failure(Numbered.self, ["first": 1, "second": ["7": [1, "x"]]])?.field
        == "arguments.second[7][1]")
  }

  @Test("is refused when an array ends too early")
  func ends() {
    struct Pair: Decodable {
      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        _ = try list.decode(Int.self)
        _ = try list.decode(Int.self)
      }
    }
    #expect(
      failure(Pair.self, [1])
        == .notDecodable("arguments[1]", reason: "it is missing: the array has 1 elements"))
    #expect(
      failure(Pair.self, [1, nil])
        == .notDecodable("arguments[1]", reason: "it is null, but Int is needed"))
  }

  @Test("is refused where a number does not fit, and accepted where it does")
  func numbers() throws {
    #expect(try (3.0 as JSONValue).decoded(as: Int.self) == 3)
    #expect(try (3 as JSONValue).decoded(as: Double.self) == 3)
    #expect(try (3 as JSONValue).decoded(as: Float.self) == 3)
    #expect(failure(Float.self, 1e300)?.code == .notDecodable)
    #expect(failure(Int.self, 9.3e18)?.code == .notDecodable)
    #expect(failure(UInt64.self, -1)?.code == .notDecodable)
    #expect(failure(UInt128.self, -1)?.code == .notDecodable)
    #expect(failure([Int128].self, ["x"])?.field == "arguments[0]")
    #expect(failure([String: UInt128].self, ["a": "x"])?.field == "arguments.a")
    #expect(failure(Bool.self, 1)?.code == .notDecodable)
    #expect(failure(String.self, 1)?.code == .notDecodable)
  }

  @Test("lets a type try another form, and does not lose its place in an array")
  func alternatives() throws {
    struct Either: Decodable, Equatable {
      var texts: [String] = []
      var numbers: [Int] = []
      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        while !list.isAtEnd {
          if try list.decodeNil() { continue }
          let index = list.currentIndex
          do { numbers.append(try list.decode(Int.self)) } catch DecodingError.typeMismatch {
            #expect(list.currentIndex == index)
            texts.append(try list.decode(String.self))
          }
        }
      }
    }
    let found = try JSONValue.array([1, "a", nil, 2]).decoded(as: Either.self)
    #expect(found.numbers == [1, 2] && found.texts == ["a"])
  }

  @Test("is refused when its type decodes itself without an end, and the stack is not used up")
  func endless() {
    struct Endless: Decodable {
      init(from decoder: any Decoder) throws {
        self = try decoder.singleValueContainer().decode(Endless.self)
      }
    }
    #expect(
      failure(Endless.self, [1])
        == .notDecodable("arguments", reason: "it is nested more than 128 deep"))
  }

  @Test("is refused with the type's own error")
  func ownErrors() {
    struct Own: Decodable {
      init(from decoder: any Decoder) throws { throw TestError("own") }
    }
    #expect(throws: TestError("own")) { try JSONValue.array([1]).decoded(as: [Own].self) }
  }

  /// A document with one value replaced by another kind of value.
  private func bent(_ document: JSONValue, _ random: inout SeededGenerator) -> JSONValue {
    if Int.random(in: 0..<4, using: &random) == 0 { return .random(&random, depth: 2) }
    switch document {
    case .array(let elements) where !elements.isEmpty:
      var elements = elements
      let index = Int.random(in: 0..<elements.count, using: &random)
      elements[index] = bent(elements[index], &random)
      return .array(elements)
    case .object(let members) where !members.isEmpty:
      var members = Array(members)
      let index = Int.random(in: 0..<members.count, using: &random)
      members[index].value = bent(members[index].value, &random)
      if Bool.random(using: &random) { members.remove(at: index) }
      return .object((try? JSONObject(members)) ?? [:])
    default: return .random(&random, depth: 2)
    }
  }

  private func fuzz<T: RandomSample>(_ type: T.Type, _ random: inout SeededGenerator) throws -> Int
  {
    var mutation = InputMutation(seed: random.next())
    var refused = 0
    for round in 0..<Rounds.scaled(600, long: 15_000) {
      let sound = try JSONValue(encoding: T.random(&random))
      let parsed =
        round.isMultiple(of: 2)
        ? bent(sound, &random)
        : try? JSONValue(parsing: mutation.of(Array(sound.serialized().utf8)))
      guard let document = parsed else { continue }
      let theirs = try? JSONDecoder().decode(type, from: Data(document.serialized().utf8))
      do {
        let ours = try document.decoded(as: type)
        // What both accept is the same value. `JSONDecoder` reads the digits of such a number as an
        // integer, which need not be the number that was written with these digits.
        if let theirs, !document.hasWideDouble {
          try #require(ours == theirs, "\(document.serialized())")
        }
      } catch let error as PlanError {
        refused += 1
        try #require(error.code == .notDecodable)
        try #require(error.field?.hasPrefix("document") == true)
      } catch is TestError {
        refused += 1
      }
    }
    return refused
  }

  @Test("is refused with an error and never stops the program, whatever is wrong with it")
  func fuzzing() throws {
    var random = SeededGenerator.announced()
    #expect(try fuzz(Primitives.self, &random) > 0)
    #expect(try fuzz(Optionals.self, &random) > 0)
    #expect(try fuzz(Tree.self, &random) > 0)
    #expect(try fuzz(Shape.self, &random) > 0)
    #expect(try fuzz(Collections.self, &random) > 0)
    #expect(try fuzz(FoundationValues.self, &random) > 0)
    #expect(try fuzz(Dog.self, &random) > 0)
    #expect(try fuzz(Nested.self, &random) > 0)
  }
}

extension JSONValue {
  /// Whether a number is a double beyond 2^53, where not every integer is one.
  fileprivate var hasWideDouble: Bool {
    switch self {
    case .double(let number): number.value.magnitude >= 9_007_199_254_740_992
    case .array(let elements): elements.contains(where: \.hasWideDouble)
    case .object(let members): members.contains { $0.value.hasWideDouble }
    case .null, .bool, .integer, .string: false
    }
  }
}
