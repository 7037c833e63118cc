/// A node of a pattern's syntax tree.
indirect enum PatternNode {
  /// The empty pattern, which matches at every position.
  case empty
  /// One scalar of the set with this index.
  case set(Int)
  /// The beginning of the text.
  case start
  /// The end of the text.
  case end
  /// All nodes, in order.
  case sequence([PatternNode])
  /// One of the nodes.
  case alternatives([PatternNode])
  /// The node repeated `least` to `most` times; no upper bound when `most` is nil.
  case repeated(PatternNode, least: Int, most: Int?)

  /// Creates a sequence of the nodes without the empty ones.
  ///
  /// So each repeated node has at least one instruction, and the limit on instructions bounds the
  /// cost of compiling.
  static func joining(_ parts: [PatternNode]) -> PatternNode {
    let parts = parts.filter { !$0.isEmpty }
    if parts.count <= 1 { return parts.first ?? .empty }
    return .sequence(parts)
  }

  /// Returns this node repeated `least` to `most` times.
  func repeated(least: Int, most: Int?) -> PatternNode {
    isEmpty || most == 0 ? .empty : .repeated(self, least: least, most: most)
  }

  private var isEmpty: Bool { if case .empty = self { true } else { false } }
}
