/// A set of Unicode scalars: a character or a class of a pattern.
struct ScalarSet: Sendable {
  /// The predefined classes `\d`, `\w` and `\s`.
  enum Kind: Sendable {
    case digit, word, space

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .digit: scalar.properties.numericType != nil
      case .word:
        scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar)
      case .space: scalar.properties.isWhitespace
      }
    }
  }

  /// All scalars except line breaks.
  static let anyButLineBreaks = ScalarSet(
    ranges: ["\n"..."\r", "\u{85}"..."\u{85}", "\u{2028}"..."\u{2029}"], isNegated: true)

  /// Sorted and disjoint.
  private let ranges: [ClosedRange<Unicode.Scalar>]
  private let kinds: [Kind]
  private let excludedKinds: [Kind]
  private let isNegated: Bool
  /// One bit for each ASCII scalar: a fast path, because most texts are ASCII.
  private var ascii: (UInt64, UInt64) = (0, 0)

  /// Creates the union of the ranges, the kinds and the complements of `excludedKinds`; if
  /// `isNegated`, its complement.
  init(
    ranges: [ClosedRange<Unicode.Scalar>] = [], kinds: [Kind] = [], excludedKinds: [Kind] = [],
    isNegated: Bool = false
  ) {
    self.ranges = Self.merged(ranges)
    self.kinds = kinds
    self.excludedKinds = excludedKinds
    self.isNegated = isNegated
    var bits: (UInt64, UInt64) = (0, 0)
    for value in 0..<64 as Range<UInt8> {
      if has(Unicode.Scalar(value)) { bits.0 |= 1 << value }
      if has(Unicode.Scalar(value + 64)) { bits.1 |= 1 << value }
    }
    ascii = bits
  }

  /// Whether the set contains the scalar.
  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    if value < 64 { return ascii.0 >> value & 1 != 0 }
    if value < 128 { return ascii.1 >> (value - 64) & 1 != 0 }
    return has(scalar)
  }

  private func has(_ scalar: Unicode.Scalar) -> Bool {
    let isListed =
      isInRanges(scalar) || kinds.contains { $0.contains(scalar) }
      || excludedKinds.contains { !$0.contains(scalar) }
    return isListed != isNegated
  }

  private func isInRanges(_ scalar: Unicode.Scalar) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= scalar
  }

  private static func merged(
    _ ranges: [ClosedRange<Unicode.Scalar>]
  ) -> [ClosedRange<Unicode.Scalar>] {
    var merged: [ClosedRange<Unicode.Scalar>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound <= last.upperBound {
        let end = max(last.upperBound, range.upperBound)
        merged[merged.count - 1] = last.lowerBound...end
      } else {
        merged.append(range)
      }
    }
    return merged
  }
}
