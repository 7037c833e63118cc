/// Parses escapes and character classes.
extension PatternParser {
  /// The meaning of an escape.
  private enum Escape {
    case scalar(Unicode.Scalar)
    case kind(ScalarSet.Kind, isExcluded: Bool)
  }

  /// Parses the rest of an escape whose `\` was consumed.
  mutating func escaped() throws(PatternRefusal) -> ScalarSet {
    switch try escape() {
    case .scalar(let scalar): ScalarSet(ranges: [scalar...scalar])
    case .kind(let kind, isExcluded: false): ScalarSet(kinds: [kind])
    case .kind(let kind, isExcluded: true): ScalarSet(excludedKinds: [kind])
    }
  }

  private mutating func escape() throws(PatternRefusal) -> Escape {
    let start = position - 1
    guard let scalar = next else {
      throw refusal("a '\\' with nothing after it", "write \\\\ for the character", at: start)
    }
    position += 1
    switch scalar {
    case "t": return .scalar("\t")
    case "n": return .scalar("\n")
    case "r": return .scalar("\r")
    case "f": return .scalar("\u{C}")
    case "x", "u": return .scalar(try hexadecimal(scalar, start))
    case "d", "D": return .kind(.digit, isExcluded: scalar == "D")
    case "w", "W": return .kind(.word, isExcluded: scalar == "W")
    case "s", "S": return .kind(.space, isExcluded: scalar == "S")
    default: break
    }
    guard scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
      throw refusal(name(ofEscape: scalar), advice(forEscape: scalar), at: start)
    }
    return .scalar(scalar)
  }

  private func name(ofEscape scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "0": "an octal escape (\\0)"
    case "1"..."9", "g", "k": "a back-reference (\\\(scalar))"
    case "p", "P", "N": "a Unicode property (\\\(scalar))"
    case "b", "B", "A", "z", "Z", "G", "y", "Y": "a boundary (\\\(scalar))"
    default: "an escape that is not supported (\\\(scalar))"
    }
  }

  private func advice(forEscape scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "A": "the whole text is matched, so leave it out, or write ^"
    case "z", "Z": "the whole text is matched, so leave it out, or write $"
    case "p", "P": "write the characters as a class, as in [a-z]"
    case _ where scalar.isASCII: "supported are \\t \\n \\r \\f \\x \\u \\d \\w \\s \\D \\W \\S"
    default: "write the character without the '\\'"
    }
  }

  /// Parses the digits of a `\x` or `\u` whose letter was consumed.
  private mutating func hexadecimal(
    _ letter: Unicode.Scalar, _ start: Int
  ) throws(PatternRefusal) -> Unicode.Scalar {
    let isOpen = take("{")
    let maxDigits = isOpen ? 8 : letter == "x" ? 2 : 4
    var (value, count) = (0 as UInt32, 0)
    while count < maxDigits, let digit = next.flatMap({ Character($0).hexDigitValue }) {
      value = value << 4 | UInt32(digit)
      count += 1
      position += 1
    }
    let isClosed = isOpen ? count > 0 && take("}") : count == maxDigits
    guard isClosed, let scalar = Unicode.Scalar(value) else {
      throw refusal(
        "a \\\(letter) that names no character", "write \\xHH, \\uHHHH or \\u{H…}", at: start)
    }
    return scalar
  }

  /// Parses a class whose `[` was consumed, including its `]`.
  mutating func bracketed() throws(PatternRefusal) -> ScalarSet {
    let start = position - 1
    let isNegated = take("^")
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    var (kinds, excludedKinds): ([ScalarSet.Kind], [ScalarSet.Kind]) = ([], [])
    let first = position
    while next != "]" {
      switch try member(start, first) {
      case .kind(let kind, isExcluded: false): kinds.append(kind)
      case .kind(let kind, isExcluded: true): excludedKinds.append(kind)
      case .scalar(let low): ranges.append(low...(try upperBound(low, start, first) ?? low))
      }
    }
    guard position > first else {
      throw refusal("a class without members", "write \\] for a ']' in it", at: start)
    }
    position += 1
    return ScalarSet(
      ranges: ranges, kinds: kinds, excludedKinds: excludedKinds, isNegated: isNegated)
  }

  /// Parses one member of the class that begins at `start` and whose members begin at `first`.
  private mutating func member(_ start: Int, _ first: Int) throws(PatternRefusal) -> Escape {
    guard let scalar = next else {
      throw refusal("a '[' without its ']'", "write \\[ or close it", at: start)
    }
    position += 1
    switch scalar {
    case "\\": return try escape()
    case "[":
      throw refusal(
        next == ":" ? "a named class" : "a '[' inside of a class", "write \\[ for the character",
        at: position - 1)
    case "&", "~", "-":
      if next == scalar {
        throw refusal(
          "an operation on classes", "write \\\(scalar) for the character", at: position - 1)
      }
      guard scalar != "-" || position - 1 == first || next == "]" else {
        throw refusal("a '-' between members of a class", "write \\-", at: position - 1)
      }
      return .scalar(scalar)
    default: return .scalar(scalar)
    }
  }

  /// Parses the upper end of the range that begins with `low`; nil when there is no range.
  private mutating func upperBound(
    _ low: Unicode.Scalar, _ start: Int, _ first: Int
  ) throws(PatternRefusal) -> Unicode.Scalar? {
    guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
      return nil
    }
    let dash = position
    position += 1
    guard next != "-" else {
      throw refusal("an operation on classes", "write \\- for the character", at: dash)
    }
    guard case .scalar(let high) = try member(start, position), low <= high else {
      throw refusal(
        "a range whose ends are not two characters in order", "correct its ends", at: dash)
    }
    return high
  }
}
