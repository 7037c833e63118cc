/// A compiled pattern: instructions for a nondeterministic automaton.
struct PatternProgram: Sendable {
  /// One instruction; all except `jump`, `split` and `match` continue with the next one.
  enum Instruction: Sendable {
    /// Consumes a scalar of the set with this index.
    case take(Int)
    /// Continues only at the beginning of the text.
    case start
    /// Continues only at the end of the text.
    case end
    /// Continues with the instruction at this index.
    case jump(Int)
    /// Continues with both instructions.
    case split(Int, Int)
    /// The text matches if it ends at this position.
    case match
  }

  /// The instructions; execution begins with the first one.
  private(set) var instructions: [Instruction] = []
  /// The sets that `take` instructions refer to.
  let sets: [ScalarSet]

  /// Compiles a pattern; throws when its expanded repetitions have too many instructions.
  init(_ node: PatternNode, _ sets: [ScalarSet]) throws(PatternRefusal) {
    self.sets = sets
    try add(node)
    try add(.match)
  }

  private mutating func add(_ instruction: Instruction) throws(PatternRefusal) {
    guard instructions.count < PlanLimits.patternInstructions else {
      throw PatternRefusal(
        "is too large when its counted repetitions are expanded (more than"
          + " \(PlanLimits.patternInstructions) steps); lower its counts,"
          + " or give the text a maximum"
      )
    }
    instructions.append(instruction)
  }

  // Recursion is bounded by the depth of groups.
  private mutating func add(_ node: PatternNode) throws(PatternRefusal) {
    switch node {
    case .empty: break
    case .set(let set): try add(.take(set))
    case .start: try add(Instruction.start)
    case .end: try add(Instruction.end)
    case .sequence(let parts): for part in parts { try add(part) }
    case .alternatives(let parts): try add(alternatives: parts)
    case .repeated(let part, let least, let most):
      for _ in 0..<least { try add(part) }
      if let most {
        try add(part, atMost: most - least)
      } else {
        try add(anyNumberOf: part)
      }
    }
  }

  private mutating func add(alternatives parts: [PatternNode]) throws(PatternRefusal) {
    var jumps: [Int] = []
    for part in parts.dropLast() {
      let split = instructions.count
      try add(.split(0, 0))
      try add(part)
      jumps.append(instructions.count)
      try add(.jump(0))
      instructions[split] = .split(split + 1, instructions.count)
    }
    if let last = parts.last { try add(last) }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  private mutating func add(anyNumberOf part: PatternNode) throws(PatternRefusal) {
    let split = instructions.count
    try add(.split(0, 0))
    try add(part)
    try add(.jump(split))
    instructions[split] = .split(split + 1, instructions.count)
  }

  private mutating func add(_ part: PatternNode, atMost count: Int) throws(PatternRefusal) {
    var splits: [Int] = []
    for _ in 0..<count {
      splits.append(instructions.count)
      try add(.split(0, 0))
      try add(part)
    }
    for split in splits { instructions[split] = .split(split + 1, instructions.count) }
  }
}
