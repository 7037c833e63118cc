/// One unit of work, or one read, over lists that units of work append to.
package struct ListTransaction: Sendable {
  /// What it did to one list.
  package enum Step: Hashable, Sendable {
    /// Appended a value that nobody else appends anywhere.
    case append(list: Int, value: Int)
    /// Saw the whole list.
    case read(list: Int, [Int])
  }

  /// What it did, in order.
  package let steps: [Step]
  /// Whether it was acknowledged; one that threw must have left nothing.
  package let isCommitted: Bool
  /// When it began and when it was answered, by a counter that all threads share.
  package let start: Int
  package let end: Int

  /// Records a transaction.
  package init(steps: [Step], isCommitted: Bool, start: Int, end: Int) {
    self.steps = steps
    self.isCommitted = isCommitted
    self.start = start
    self.end = end
  }
}

extension ListTransaction: CustomStringConvertible {
  /// When it happened and what it did, in short: a list by its length and its latest value.
  package var description: String {
    let words = steps.map { step in
      switch step {
      case .append(let list, let value): "appended \(value) to list \(list)"
      case .read(let list, let values):
        "saw \(values.count) in list \(list)" + (values.last.map { ", \($0) last" } ?? "")
      }
    }
    return "\(start)–\(end) \(words.joined(separator: "; "))"
  }
}

/// Whether units of work could have happened one after the other, in the order of real time.
///
/// After Kingsbury and Alvaro, "Elle" (2020): lists that are only appended to show the order of
/// their writers, so that who came before whom can be read off, and a circle in that is a proof.
package struct SerializabilityChecker {
  private let transactions: [ListTransaction]
  private var writer: [Int: Int] = [:]
  private var order: [Int: [Int]] = [:]
  private var successors: [Set<Int>] = []

  /// What is wrong with the history, or nil; `final` are the lists as they were at the end.
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
    return wrongValues() ?? lostValues() ?? wrongReads() ?? circle()
  }

  /// Values twice, of nobody, or of a unit of work that was taken back.
  private func wrongValues() -> String? {
    for (list, values) in order {
      if let value = Self.repeated(values) { return "list \(list) has \(value) twice" }
      for value in values {
        guard let writer = writer[value] else { return "list \(list) has \(value) of nobody" }
        if !transactions[writer].isCommitted {
          return "list \(list) has \(value) of a unit of work that was taken back"
        }
      }
    }
    return nil
  }

  /// The first value that was there before.
  private static func repeated(_ values: [Int]) -> Int? {
    var seen: Set<Int> = []
    return values.first { !seen.insert($0).inserted }
  }

  /// Where a list that was seen is no beginning of what the list became.
  private static func difference(_ seen: [Int], _ whole: [Int]) -> String {
    let position = zip(seen, whole).prefix { $0 == $1 }.count
    let (saw, became) = (
      seen.dropFirst(position).first.map { "\($0)" } ?? "nothing",
      whole.dropFirst(position).first.map { "\($0)" } ?? "nothing"
    )
    return "a read saw \(saw) at place \(position), which became \(became)"
  }

  private func lostValues() -> String? {
    for transaction in transactions where transaction.isCommitted {
      for case .append(let list, let value) in transaction.steps
      where !(order[list] ?? []).contains(value) {
        return "list \(list) lost \(value), which was acknowledged"
      }
    }
    return nil
  }

  /// Reads that are no beginning of the final list, or end in the middle of a unit of work.
  private func wrongReads() -> String? {
    for (index, transaction) in transactions.enumerated() {
      var own: [Int: [Int]] = [:]
      for step in transaction.steps {
        switch step {
        case .append(let list, let value): own[list, default: []].append(value)
        case .read(let list, let seen):
          let mine = own[list] ?? []
          guard seen.suffix(mine.count) == mine[...] else {
            return
              "list \(list) was read without \(mine) after it had appended that: \(transaction)"
          }
          let others = seen.dropLast(mine.count)
          let whole = order[list] ?? []
          guard whole.starts(with: others) else {
            return "list \(list): \(Self.difference(seen, whole)): \(transaction)"
          }
          if let last = others.last, let next = whole.dropFirst(others.count).first,
            writer[last] == writer[next], writer[last] != index
          {
            return "a read saw half a unit of work: \(last) of list \(list) without \(next)"
          }
        }
      }
    }
    return nil
  }

  private mutating func circle() -> String? {
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
    return firstCircle()
  }

  private mutating func link(_ a: Int?, _ b: Int?) {
    if let a, let b, a != b { successors[a].insert(b) }
  }

  /// Takes away who has nobody before; what is left goes round in circles.
  private func firstCircle() -> String? {
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
    let circles = before.indices.filter { before[$0] > 0 }.compactMap { wayBack(to: $0) }
    let shortest = circles.min { $0.count < $1.count } ?? []
    let lines = shortest.map { "\n    \(transactions[$0])" }
    return
      "these units of work each came before the next, and the last before the first:\(lines.joined())"
  }

  /// The shortest way from a transaction over those after it back to itself, without its end.
  private func wayBack(to start: Int) -> [Int]? {
    var origin: [Int: Int] = [:]
    var open = [start]
    var next = 0
    while next < open.count {
      let index = open[next]
      next += 1
      for successor in successors[index].sorted() where origin[successor] == nil {
        origin[successor] = index
        if successor == start {
          var way = [index]
          while let last = way.last, last != start, let before = origin[last] { way.append(before) }
          return way.reversed()
        }
        open.append(successor)
      }
    }
    return nil
  }
}
