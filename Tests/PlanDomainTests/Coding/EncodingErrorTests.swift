import Foundation
import PlanDomain
import TestSupport
import TestTraits
import Testing

@Suite("A value that cannot be encoded", .dedicatedThread)
struct EncodingErrorTests {
  private struct Item: Encodable {
    var price: Double
    var count: UInt64 = 0
  }

  private func failure(_ value: some Encodable, field: String = "arguments") -> PlanError? {
    do { _ = try JSONValue(encoding: value, field: field) } catch { return error as? PlanError }
    return nil
  }

  @Test("is refused with the path of what a document cannot hold")
  func paths() {
    let items = [Item(price: 1), Item(price: 2), Item(price: 3), Item(price: .nan)]
    #expect(
      failure(["items": items])
        == .notEncodable(
          "arguments.items[3].price", reason: "it is infinite or NaN, which JSON cannot express"))
    #expect(failure(["items": items])?.field == "arguments.items[3].price")
    let range = "it is outside the range of Int64, which holds all integers of documents"
    #expect(
      failure([Item(price: 1, count: UInt64(Int64.max) + 1)])
        == .notEncodable("arguments[0].count", reason: range))
    #expect(failure(UInt64.max, field: "result") == .notEncodable("result", reason: range))
    #expect(failure(["a": Int128.max]) == .notEncodable("arguments.a", reason: range))
    #expect(failure([UInt128.max]) == .notEncodable("arguments[0]", reason: range))
    #expect(failure(Int128.min) == .notEncodable("arguments", reason: range))
    #expect(failure([UInt.max]) == .notEncodable("arguments[0]", reason: range))
    #expect(
      failure(["": ["a b\n": [7: -Double.infinity]]])?.field == #"arguments[""]["a b\n"][7]"#)
    #expect(failure([Float.infinity])?.field == "arguments[0]")
    #expect(
      failure(["wait": Duration.seconds(Int64.max) + .seconds(1)])
        == .notEncodable("arguments.wait", reason: "it has more seconds than Int64 can hold"))
  }

  @Test("is refused when its type encodes it in two forms or twice")
  func contradictions() {
    struct TwoForms: Encodable {
      func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(1)
        var object = encoder.container(keyedBy: Dog.Keys.self)
        try object.encode(1, forKey: .tricks)
      }
    }
    struct FormAndValue: Encodable {
      func encode(to encoder: any Encoder) throws {
        _ = encoder.unkeyedContainer()
        var single = encoder.singleValueContainer()
        try single.encode(1)
      }
    }
    struct Twice: Encodable {
      func encode(to encoder: any Encoder) throws {
        var single = encoder.singleValueContainer()
        try single.encodeNil()
        try single.encode("x")
      }
    }
    #expect(
      failure(["a": TwoForms()])
        == .notEncodable("arguments.a", reason: "its type encodes it in two forms"))
    #expect(
      failure([FormAndValue()])
        == .notEncodable("arguments[0]", reason: "its type encodes it twice"))
    #expect(failure(Twice()) == .notEncodable("arguments", reason: "its type encodes it twice"))
  }

  @Test("is refused when it is nested too deeply, or without an end, and the stack is not used up")
  func depth() throws {
    func tree(_ depth: Int) -> Tree {
      (1..<depth).reduce(Tree(value: 1, children: [])) { tree, _ in
        Tree(value: 1, children: [tree])
      }
    }
    // A tree of n nodes has 2 n arrays and objects inside each other.
    let deepest = try JSONValue(encoding: tree(64))
    #expect(try deepest.decoded(as: Tree.self) == tree(64))
    #expect(try JSONValue(parsing: deepest.serialized()) == deepest)
    let tooDeep = PlanError.notEncodable("arguments", reason: "it is nested more than 128 deep")
    #expect(failure(tree(65)) == tooDeep)

    struct Endless: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self)
      }
    }
    struct EndlessObject: Encodable {
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Dog.Keys.self)
        try container.encode(self, forKey: .tricks)
      }
    }
    struct EndlessContainers: Encodable {
      func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        for _ in 0..<100_000 { list = list.nestedUnkeyedContainer() }
        var object = encoder.container(keyedBy: Dog.Keys.self)
        for _ in 0..<100_000 {
          object = object.nestedContainer(keyedBy: Dog.Keys.self, forKey: .tricks)
        }
        var inner = object.superEncoder()
        for _ in 0..<100_000 {
          var container = inner.unkeyedContainer()
          inner = container.superEncoder()
        }
      }
    }
    #expect(failure(Endless()) == tooDeep)
    #expect(failure(EndlessObject()) == tooDeep)
    #expect(failure(EndlessContainers()) == tooDeep)
  }

  @Test("is refused with the type's own error, or with its path and without its value")
  func ownErrors() {
    struct Own: Encodable {
      func encode(to encoder: any Encoder) throws { throw TestError("own") }
    }
    #expect(throws: TestError("own")) { try JSONValue(encoding: [Own()]) }
    struct Standard: Encodable {
      func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
          "secret", .init(codingPath: encoder.codingPath, debugDescription: "secret"))
      }
    }
    let error = failure(["a": [1: Standard()]])
    #expect(error == .notEncodable("arguments.a[1]", reason: "its type refuses to encode it"))
  }

  @Test("is named by the beginning and the end of a long path")
  func longPaths() {
    struct Chain: Encodable {
      let depth: Int
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Dog.Keys.self)
        if depth == 0 { return try container.encode(Double.nan, forKey: .tricks) }
        try container.encode(Chain(depth: depth - 1), forKey: .tricks)
      }
    }
    let path = "arguments" + String(repeating: ".tricks", count: 8)
    #expect(
      failure(Chain(depth: 40))?.field == path + "..." + String(repeating: ".tricks", count: 8))
  }
}
