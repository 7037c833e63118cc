import PlanDomain
import TestSupport
import Testing

@Suite("JSON in any order")
struct JSONOrderTests {
  /// The value with the members of each object in an order of the generator's.
  private func shuffled(_ value: JSONValue, _ random: inout SeededGenerator) throws -> JSONValue {
    switch value {
    case .array(let elements): return .array(try elements.map { try shuffled($0, &random) })
    case .object(let members):
      var changed: [JSONObject.Member] = []
      for (key, value) in members { changed.append((key, try shuffled(value, &random))) }
      return .object(try JSONObject(changed.shuffled(using: &random)))
    default: return value
    }
  }

  @Test("is equal however its members are shuffled, and to nothing else")
  func shuffling() throws {
    var random = SeededGenerator.announced()
    var arbitrary = Arbitrary(random)
    var before: JSONValue = nil
    for _ in 0..<Rounds.scaled(2_000) {
      let value = JSONValue.array([try arbitrary.json(), try arbitrary.json()])
      let other = try shuffled(value, &random)
      #expect(value.equalsInAnyOrder(other) && other.equalsInAnyOrder(value))
      if value != before {
        // Sorted by their keys, both are the same document or neither.
        #expect(before.equalsInAnyOrder(value) == (sorted(before) == sorted(value)))
      }
      before = value
    }
  }

  private func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(sorted))
    case .object(let members):
      let changed = members.map { ($0.key, sorted($0.value)) }.sorted {
        Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8))
      }
      return (try? JSONObject(changed)).map { .object($0) } ?? .null
    default: return value
    }
  }

  @Test("keeps the order of lists, the kinds of numbers and the bytes of texts")
  func differences() throws {
    let half = JSONValue.double(try FiniteDouble(0.5))
    let one = JSONValue.double(try FiniteDouble(1))
    let pairs: [(JSONValue, JSONValue)] = [
      ([1, 2], [2, 1]), (["a": 1], ["a": one]), (["a": nil], [:]), (["a": 1], ["b": 1]),
      (["e\u{301}": 1], ["é": 1]), ("e\u{301}", "é"), ([["a": half]], [["a": half], nil]),
      (["a": 1, "b": 2], ["a": 2, "b": 1]), ([:], []), (1, true),
    ]
    for (a, b) in pairs {
      #expect(!a.equalsInAnyOrder(b) && !b.equalsInAnyOrder(a), "\(a.serialized())")
      #expect(a.equalsInAnyOrder(a) && b.equalsInAnyOrder(b))
    }
  }
}
