/// The record of a unit of work or a read on append-only lists.
package struct ListTransaction: Sendable {
  /// An access to one list.
  package enum Step: Hashable, Sendable {
    /// Appended a value that no other step appends.
    case append(list: Int, value: Int)
    /// Read these values, the whole list.
    case read(list: Int, [Int])
  }

  /// The accesses, in order.
  package let steps: [Step]
  /// Whether the transaction was committed; otherwise it was rolled back.
  package let isCommitted: Bool
  /// When the transaction started, by a counter that all threads share.
  package let start: Int
  /// When the transaction ended, by the same counter.
  package let end: Int

  /// Creates a record of a transaction.
  package init(steps: [Step], isCommitted: Bool, start: Int, end: Int) {
    self.steps = steps
    self.isCommitted = isCommitted
    self.start = start
    self.end = end
  }
}

extension ListTransaction: CustomStringConvertible {
  /// The start, the end and the steps; of a list that was read, its length and its last value.
  package var description: String {
    let texts = steps.map { step in
      switch step {
      case .append(let list, let value): "appended \(value) to list \(list)"
      case .read(let list, let values):
        "read \(values.count) values of list \(list)" + (values.last.map { ", last \($0)" } ?? "")
      }
    }
    return "\(start)–\(end) \(texts.joined(separator: "; "))"
  }
}

/// Checks whether a history of transactions is serializable in the order of real time.
///
/// The algorithm follows Kingsbury and Alvaro, "Elle" (2020): the order of values in append-only
/// lists shows which transactions precede which. A cycle in this relation proves that the history
/// is not serializable.
package struct SerializabilityChecker {
  private let transactions: [ListTransaction]
  private var writer: [Int: Int] = [:]
  private var order: [Int: [Int]] = [:]
  private var successors: [Set<Int>] = []

  /// Why the history is not serializable, or nil; `final` are the lists after all transactions.
  package static func problem(_ history: [ListTransaction], final: [Int: [Int]]) -> String? {
    var checker = SerializabilityChecker(history)
    return checker.problem(final)
  }

  private init(_ history: [ListTransaction]) {
    transactions = history
    successors = Array(repeating: [], count: history.count)
  }

  private mutating func problem(_ final: [Int: [Int]]) -> String? {
    order = final
    for (index, transaction) in transactions.enumerated() {
      for case .append(_, let value) in transaction.steps { writer[value] = index }
    }
    return invalidValue() ?? lostValue() ?? invalidRead() ?? cycle()
  }

  /// A value that is stored twice, was not appended, or is of a rolled-back unit of work.
  private func invalidValue() -> String? {
    for (list, values) in order {
      if let value = Self.repeated(values) { return "list \(list) contains \(value) twice" }
      for value in values {
        guard let writer = writer[value] else {
          return "list \(list) contains \(value), which no unit of work appended"
        }
        if !transactions[writer].isCommitted {
          return "list \(list) contains \(value) of a unit of work that was rolled back"
        }
      }
    }
    return nil
  }

  /// The first value that is equal to an earlier one.
  private static func repeated(_ values: [Int]) -> Int? {
    var seen: Set<Int> = []
    return values.first { !seen.insert($0).inserted }
  }

  /// The first difference between a list that was read and the final list.
  private static func difference(_ seen: [Int], _ whole: [Int]) -> String {
    let index = zip(seen, whole).prefix { $0 == $1 }.count
    let (saw, became) = (
      seen.dropFirst(index).first.map { "\($0)" } ?? "nothing",
      whole.dropFirst(index).first.map { "\($0)" } ?? "nothing"
    )
    return "a read saw \(saw) at index \(index), but the final list has \(became)"
  }

  /// A committed value that is missing in the final list.
  private func lostValue() -> String? {
    for transaction in transactions where transaction.isCommitted {
      for case .append(let list, let value) in transaction.steps
      where !(order[list] ?? []).contains(value) {
        return "list \(list) lost \(value) of a committed unit of work"
      }
    }
    return nil
  }

  /// A read that is not a prefix of the final list, or that ends within another unit of work.
  private func invalidRead() -> String? {
    for (index, transaction) in transactions.enumerated() {
      var own: [Int: [Int]] = [:]
      for step in transaction.steps {
        switch step {
        case .append(let list, let value): own[list, default: []].append(value)
        case .read(let list, let seen):
          let mine = own[list] ?? []
          guard seen.suffix(mine.count) == mine[...] else {
            return
              "a read of list \(list) lacks \(mine), which its unit of work appended: \(transaction)"
          }
          let others = seen.dropLast(mine.count)
          let whole = order[list] ?? []
          guard whole.starts(with: others) else {
            return "list \(list): \(Self.difference(seen, whole)): \(transaction)"
          }
          if let last = others.last, let next = whole.dropFirst(others.count).first,
            writer[last] == writer[next], writer[last] != index
          {
            return "a read saw a part of a unit of work: \(last) of list \(list) without \(next)"
          }
        }
      }
    }
    return nil
  }

  /// A cycle in the order of the transactions.
  private mutating func cycle() -> String? {
    for list in order.values {
      for (a, b) in zip(list, list.dropFirst()) { link(writer[a], writer[b]) }
    }
    for (index, transaction) in transactions.enumerated() where transaction.isCommitted {
      for case .read(let list, let seen) in transaction.steps {
        let whole = order[list] ?? []
        let others = seen.filter { writer[$0] != index }
        link(others.last.flatMap { writer[$0] }, index)
        link(
          index, whole.dropFirst(others.count).first { writer[$0] != index }.flatMap { writer[$0] })
      }
      for (later, other) in transactions.enumerated()
      where other.isCommitted && transaction.end < other.start { link(index, later) }
    }
    return shortestCycle()
  }

  private mutating func link(_ a: Int?, _ b: Int?) {
    if let a, let b, a != b { successors[a].insert(b) }
  }

  /// The shortest cycle as a text, or nil.
  ///
  /// Removes transactions without predecessors repeatedly; cycles are among those that remain.
  private func shortestCycle() -> String? {
    var before = Array(repeating: 0, count: transactions.count)
    for next in successors.joined() { before[next] += 1 }
    var free = before.indices.filter { before[$0] == 0 }
    var left = transactions.count
    while let index = free.popLast() {
      left -= 1
      for next in successors[index] {
        before[next] -= 1
        if before[next] == 0 { free.append(next) }
      }
    }
    guard left > 0 else { return nil }
    let cycles = before.indices.filter { before[$0] > 0 }.compactMap { path(backTo: $0) }
    let shortest = cycles.min { $0.count < $1.count } ?? []
    let lines = shortest.map { "\n    \(transactions[$0])" }
    return
      "a cycle: each of these must precede the next, and the last one the first:\(lines.joined())"
  }

  /// The shortest path from a transaction back to itself, or nil; does not repeat the start.
  private func path(backTo start: Int) -> [Int]? {
    var origin: [Int: Int] = [:]
    var open = [start]
    var next = 0
    while next < open.count {
      let index = open[next]
      next += 1
      for successor in successors[index].sorted() where origin[successor] == nil {
        origin[successor] = index
        if successor == start {
          var path = [index]
          while let last = path.last, last != start, let before = origin[last] {
            path.append(before)
          }
          return path.reversed()
        }
        open.append(successor)
      }
    }
    return nil
  }
}
