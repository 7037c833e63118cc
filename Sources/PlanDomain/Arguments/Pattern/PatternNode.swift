/// A part of a pattern, as the parser reads it.
indirect enum PatternNode {
  /// Nothing, which every place in a text matches.
  case empty
  /// One scalar of the set with this number.
  case set(Int)
  /// The beginning of the text.
  case start
  /// The end of the text.
  case end
  /// These, one after the other.
  case sequence([PatternNode])
  /// One of these.
  case alternatives([PatternNode])
  /// As often as `least` to `most` times; without bound when `most` is nil.
  case repeated(PatternNode, least: Int, most: Int?)

  /// These parts, one after the other, without the empty ones: so whatever is repeated takes at
  /// least one instruction, and the limit on those bounds the work of compiling.
  static func joining(_ parts: [PatternNode]) -> PatternNode {
    let parts = parts.filter { !$0.isEmpty }
    if parts.count <= 1 { return parts.first ?? .empty }
    return .sequence(parts)
  }

  /// This part, repeated.
  func repeated(least: Int, most: Int?) -> PatternNode {
    isEmpty || most == 0 ? .empty : .repeated(self, least: least, most: most)
  }

  private var isEmpty: Bool { if case .empty = self { true } else { false } }
}
