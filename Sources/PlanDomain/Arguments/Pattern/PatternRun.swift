/// One match: an automaton that is in every instruction at once that the text so far leads to.
///
/// An instruction is visited at most once for each place in the text, whatever the pattern: that is
/// what makes it linear, where backtracking tries every way to get there.
struct PatternRun {
  private let instructions: [PatternProgram.Instruction]
  private let sets: [ScalarSet]
  /// The instructions that wait for the next scalar.
  private var waiting: [Int] = []
  private var following: [Int] = []
  private var stack: [Int] = []
  /// The place at which each instruction was visited last.
  private var visits: [Int]
  /// The place, in scalars; counts from 1, so that 0 is "never".
  private var position = 1
  private var isMatch = false
  /// How many instructions were visited and how many scalars compared.
  private(set) var steps = 0

  init(_ program: PatternProgram) {
    instructions = program.instructions
    sets = program.sets
    visits = Array(repeating: 0, count: program.instructions.count)
  }

  /// Whether the whole text matches; to be asked once.
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

  /// Goes on from an instruction without taking a scalar, as far as that leads.
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
