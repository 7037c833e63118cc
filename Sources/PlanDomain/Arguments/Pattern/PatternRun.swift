/// One match, executed as a nondeterministic automaton that tracks all its states at once.
///
/// Visits each instruction at most once for each position in the text, so the cost is linear in the
/// text. Backtracking has no such bound.
struct PatternRun {
  private let instructions: [PatternProgram.Instruction]
  private let sets: [ScalarSet]
  /// The `take` instructions that can consume the next scalar.
  private var waiting: [Int] = []
  private var following: [Int] = []
  private var stack: [Int] = []
  /// The position of the latest visit to each instruction.
  private var visits: [Int]
  /// The position in scalars, from 1; 0 means "not visited".
  private var position = 1
  private var isMatch = false
  /// The number of instructions visited and scalars compared.
  private(set) var steps = 0

  init(_ program: PatternProgram) {
    instructions = program.instructions
    sets = program.sets
    visits = Array(repeating: 0, count: program.instructions.count)
  }

  /// Whether the whole text matches; call it only once.
  mutating func matches(_ text: String) -> Bool {
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    follow(0, isEnd: next == nil)
    swap(&waiting, &following)
    while let scalar = next {
      guard !waiting.isEmpty else { return false }
      next = scalars.next()
      position += 1
      isMatch = false
      for index in waiting {
        steps += 1
        if case .take(let set) = instructions[index], sets[set].contains(scalar) {
          follow(index + 1, isEnd: next == nil)
        }
      }
      swap(&waiting, &following)
      following.removeAll(keepingCapacity: true)
    }
    return isMatch
  }

  /// Follows instructions that consume no scalar, beginning with `first`.
  private mutating func follow(_ first: Int, isEnd: Bool) {
    var index: Int? = first
    while let here = index {
      index = nil
      if visits[here] != position {
        visits[here] = position
        steps += 1
        switch instructions[here] {
        case .take: following.append(here)
        case .start: if position == 1 { index = here + 1 }
        case .end: if isEnd { index = here + 1 }
        case .jump(let target): index = target
        case .split(let first, let second):
          index = first
          stack.append(second)
        case .match: isMatch = true
        }
      }
      index = index ?? stack.popLast()
    }
  }
}
