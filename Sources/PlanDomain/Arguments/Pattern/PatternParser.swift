/// Parses the subset of regular expressions that ``Pattern`` describes.
///
/// Throws `PatternRefusal`, with name and position, for any other construct.
struct PatternParser {
  let scalars: [Unicode.Scalar]
  /// The index of the next scalar.
  var position = 0
  /// The sets that nodes refer to by index, so that a repeated part is stored once.
  private var sets: [ScalarSet] = []

  init(_ source: String) { scalars = Array(source.unicodeScalars) }

  /// Parses the whole pattern; returns its root node and the sets that nodes refer to.
  mutating func pattern() throws(PatternRefusal) -> (PatternNode, [ScalarSet]) {
    let node = try alternatives(depth: 0)
    guard position == scalars.count else { throw refusal("a ')' without its '('", "write \\)") }
    return (node, sets)
  }

  var next: Unicode.Scalar? {
    position < scalars.count ? scalars[position] : nil
  }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  func refusal(
    _ construct: String, _ advice: String, at offset: Int? = nil
  ) -> PatternRefusal {
    PatternRefusal("has \(construct) at character \((offset ?? position) + 1); \(advice)")
  }

  // Recursion is bounded by the depth of groups.
  private mutating func alternatives(depth: Int) throws(PatternRefusal) -> PatternNode {
    var parts: [PatternNode] = []
    repeat { parts.append(try sequence(depth: depth)) } while take("|")
    return parts.count == 1 ? parts[0] : .alternatives(parts)
  }

  private mutating func sequence(depth: Int) throws(PatternRefusal) -> PatternNode {
    var parts: [PatternNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      position += 1
      switch scalar {
      case "^", "$":
        parts.append(scalar == "^" ? .start : .end)
        if startsQuantifier { throw refusal("a quantifier after \(scalar)", "leave it out") }
      case "(": parts.append(try quantified(group(depth: depth + 1)))
      case "[": parts.append(try quantified(one(of: bracketed())))
      case ".": parts.append(try quantified(one(of: .anyButLineBreaks)))
      case "\\": parts.append(try quantified(one(of: escaped())))
      case "*", "+", "?":
        throw refusal(
          "a quantifier with nothing to repeat", "write \\\(scalar) for the character",
          at: position - 1)
      case "{": throw refusal("a '{' with nothing to repeat", "write \\{", at: position - 1)
      default: parts.append(try quantified(one(of: ScalarSet(ranges: [scalar...scalar]))))
      }
    }
    return .joining(parts)
  }

  private mutating func one(of set: ScalarSet) -> PatternNode {
    sets.append(set)
    return .set(sets.count - 1)
  }

  /// Parses a group whose `(` was consumed, including its `)`.
  private mutating func group(depth: Int) throws(PatternRefusal) -> PatternNode {
    let start = position - 1
    guard depth <= PlanLimits.patternDepth else {
      throw refusal(
        "groups nested more than \(PlanLimits.patternDepth) deep", "nest fewer", at: start)
    }
    if take("?"), !take(":") {
      throw refusal(extensionName(), "only (…) and (?:…) are supported", at: start)
    }
    let node = try alternatives(depth: depth)
    guard take(")") else {
      throw refusal("a '(' without its ')'", "write \\( or close it", at: start)
    }
    return node
  }

  /// The name of the construct that begins with the consumed `(?`.
  private func extensionName() -> String {
    let rest = String(String.UnicodeScalarView(scalars[position...].prefix(2)))
    return switch rest.first {
    case "=", "!": "a look-ahead"
    case "<" where rest == "<=" || rest == "<!": "a look-behind"
    case "<", "P", "'": "a named group"
    case ">": "an atomic group"
    case "#": "a comment"
    case "|": "a branch-reset group"
    case "(": "a conditional"
    default: "a flag or another kind of group"
    }
  }

  private var startsQuantifier: Bool {
    guard let next else { return false }
    return next == "*" || next == "+" || next == "?" || next == "{"
  }

  /// Parses an optional quantifier and applies it to the part.
  private mutating func quantified(_ part: PatternNode) throws(PatternRefusal) -> PatternNode {
    let start = position
    guard startsQuantifier, let scalar = next else { return part }
    position += 1
    let repeated: PatternNode =
      switch scalar {
      case "*": part.repeated(least: 0, most: nil)
      case "+": part.repeated(least: 1, most: nil)
      case "?": part.repeated(least: 0, most: 1)
      default: try counted(part, start)
      }
    // A lazy quantifier does not change whether the whole text matches.
    if take("?") { return try single(repeated) }
    if next == "+" {
      throw refusal("a possessive quantifier", "leave out the second sign", at: start)
    }
    return try single(repeated)
  }

  private func single(_ part: PatternNode) throws(PatternRefusal) -> PatternNode {
    if startsQuantifier { throw refusal("a quantifier after a quantifier", "use a group") }
    return part
  }

  /// Parses a counted quantifier whose `{`, at `start`, was consumed.
  private mutating func counted(
    _ part: PatternNode, _ start: Int
  ) throws(PatternRefusal) -> PatternNode {
    let least = try number()
    var most = least
    var isOpen = false
    if take(",") {
      most = try number()
      isOpen = most == nil
    }
    guard let least, most != nil || isOpen, take("}") else {
      throw refusal(
        "a '{' that is not {m}, {m,} or {m,n}", "write \\{ for the character", at: start)
    }
    if let most, most < least {
      throw refusal("a repetition whose minimum exceeds its maximum", "swap them", at: start)
    }
    return part.repeated(least: least, most: most)
  }

  /// Parses a number; nil when there is none.
  private mutating func number() throws(PatternRefusal) -> Int? {
    let start = position
    var value: Int?
    while let digit = next, ("0"..."9").contains(digit) {
      position += 1
      value = (value ?? 0) * 10 + Int(digit.value - 48)
      guard value ?? 0 <= PlanLimits.patternInstructions else {
        throw refusal(
          "a count above \(PlanLimits.patternInstructions)", "lower it, or give the text a maximum",
          at: start)
      }
    }
    return value
  }
}
