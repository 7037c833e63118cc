@testable import InMemoryStorage
import TestSupport
import TestTraits
import Testing

@Suite("A sorted map", .dedicatedThread)
struct SortedMapTests {
  @Test("does what a dictionary with sorted keys does, however it is used")
  func model() {
    var random = SeededGenerator.announced()
    for range in [40, 3_000] {
      var list = SortedMap<Int, String>()
      var model: [Int: String] = [:]
      for step in 0..<20_000 {
        let value = Int.random(in: 0..<range, using: &random)
        // Grows at first, shrinks at the end.
        if Int.random(in: 0..<20_000, using: &random) > step {
          if model.updateValue("\(value)", forKey: value) == nil { list.insert(value, "\(value)") }
        } else {
          #expect(list.remove(value) == model.removeValue(forKey: value))
        }
        guard step % 500 == 0 else { continue }
        let sorted = model.keys.sorted()
        #expect(list.count == sorted.count && list.first?.key == sorted.first)
        #expect(list.ascending().map(\.key) == sorted)
        #expect(list.descending().map(\.key) == sorted.reversed())
        #expect(list.ascending().allSatisfy { $0.value == "\($0.key)" })
        let bound = Int.random(in: -1...range, using: &random)
        #expect(list.ascending(after: bound).map(\.key) == sorted.filter { $0 > bound })
        #expect(
          list.descending(before: bound).map(\.key) == sorted.filter { $0 < bound }.reversed())
      }
    }
  }

  @Test("is empty again when all is taken out, from either end")
  func emptied() {
    var list = SortedMap<Int, Int>()
    #expect(list.isEmpty && list.descending().map(\.key) == [])
    #expect(list.ascending(after: 1).map(\.key) == [])
    for value in 0..<5_000 { list.insert(value, value) }
    for value in 0..<2_500 {
      list.remove(value)
      list.remove(4_999 - value)
    }
    #expect(list.isEmpty && list.first == nil && list.remove(7) == nil)
  }
}
