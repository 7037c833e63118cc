/// The type of an argument's values.
public enum ArgumentType: String, Hashable, Sendable, CaseIterable {
  /// A string.
  case string
  /// A signed 64-bit integer.
  case integer
  /// An integer or a double.
  case number
  /// A boolean.
  case boolean
  /// A list whose elements have any type.
  case list
  /// An object whose members have any type.
  case object
}

/// The definition of one argument of an action.
///
/// A pattern is matched in time linear in the text. It is a regular expression of literals, `.`,
/// classes such as `[a-z_]`, `\d \w \s \D \W \S`, groups, `|`, the quantifiers
/// `* + ? {m} {m,} {m,n}`, and `^` and `$` for the ends of the text; it matches Unicode scalars.
/// All other constructs are refused, such as back-references, look-around, possessive quantifiers
/// and flags.
///
/// ```swift
/// let version = try ArgumentDefinition(
///   name: "version", type: .string, maximum: 20, pattern: #"\d+\.\d+\.\d+"#,
///   description: "the version to release")
/// ```
public struct ArgumentDefinition: Hashable, Sendable {
  /// Whether a use must give the argument.
  public enum Requirement: Hashable, Sendable {
    /// Every use gives it.
    case required
    /// A use may omit it; the default, if any, then applies.
    case optional(default: JSONValue?)
  }

  /// The name: a letter, then letters, digits, `_` and `-`; at most 64 bytes.
  public let name: String
  /// The type of its values.
  public let type: ArgumentType
  /// Whether a use must give it.
  public let requirement: Requirement
  /// The minimum value of numbers, or the minimum length of strings and lists.
  public let minimum: JSONValue?
  /// The maximum value of numbers, or the maximum length of strings and lists.
  public let maximum: JSONValue?
  /// The regular expression that a string must match as a whole.
  public var pattern: String? { compiledPattern?.source }
  /// A description of the argument, for people.
  public let description: String
  private let compiledPattern: Pattern?

  /// Creates a definition.
  ///
  /// Lengths are counted in Unicode scalars for strings and in elements for lists.
  ///
  /// - Throws: ``PlanError/Code/invalidArgumentDefinition`` if the name is invalid, if the
  ///   definition is contradictory, for example when it excludes the default, or if the pattern has
  ///   an unsupported construct, which the error names with its position;
  ///   ``PlanError/Code/textTooLarge`` if the description has more than 256 KiB.
  public init(
    name: String, type: ArgumentType, requirement: Requirement = .required,
    minimum: JSONValue? = nil, maximum: JSONValue? = nil, pattern: String? = nil,
    description: String = ""
  ) throws(PlanError) {
    self = try .stored(
      name: name, type: type, requirement: requirement, minimum: minimum, maximum: maximum,
      pattern: pattern, description: description)
    if let minimum, let maximum, minimum.isNumerically(above: maximum) {
      throw invalid("its minimum is above its maximum")
    }
    if let refusal = compiledPattern?.refusal { throw invalid("its pattern \(refusal.reason)") }
    if case .optional(let value?) = requirement, let reason = refusal(of: value) {
      throw invalid("its default \(reason)")
    }
  }

  /// Creates a definition from stored values.
  ///
  /// Throws `invalidArgumentDefinition` for values that no version accepted. A stored pattern that
  /// is no longer supported is kept; a use that gives the argument a value is then refused until
  /// the action is updated.
  package static func stored(
    name: String, type: ArgumentType, requirement: Requirement, minimum: JSONValue?,
    maximum: JSONValue?, pattern: String?, description: String
  ) throws(PlanError) -> ArgumentDefinition {
    let definition = ArgumentDefinition(
      name: name, type: type, requirement: requirement, minimum: minimum, maximum: maximum,
      description: description, compiledPattern: pattern.map { Pattern($0) })
    try definition.checkName()
    try definition.checkBounds()
    if pattern != nil, type != .string { throw definition.invalid("only a string has a pattern") }
    try PlanLimits.checkText(description, field: "argument '\(name)'.description", required: false)
    return definition
  }

  private init(
    name: String, type: ArgumentType, requirement: Requirement, minimum: JSONValue?,
    maximum: JSONValue?, description: String, compiledPattern: Pattern?
  ) {
    self.name = name
    self.type = type
    self.requirement = requirement
    self.minimum = minimum
    self.maximum = maximum
    self.description = description
    self.compiledPattern = compiledPattern
  }

  /// Checks a value; throws `invalidArgument`, which does not contain the value.
  package func check(_ value: JSONValue) throws(PlanError) {
    if let reason = refusal(of: value) { throw .invalidArgument(name: name, reason: reason) }
  }

  private func invalid(_ reason: String) -> PlanError {
    .invalidArgumentDefinition(argument: name, reason: reason)
  }

  private func checkName() throws(PlanError) {
    guard let first = name.utf8.first, first.isASCIILetter, name.utf8.count <= 64,
      name.utf8.allSatisfy({ $0.isNameCharacter })
    else {
      throw .invalidArgumentDefinition(
        argument: name.shortened(),
        reason: "its name must be a letter, then letters, digits, '_' and '-', 64 at most")
    }
  }

  private func checkBounds() throws(PlanError) {
    for bound in [minimum, maximum].compactMap({ $0 }) {
      switch (type, bound) {
      case (.boolean, _): throw invalid("a boolean has no bounds")
      case (.object, _): throw invalid("an object has no bounds")
      case (.number, .integer), (.number, .double), (.integer, .integer): break
      case (.string, .integer(let length)) where length >= 0: break
      case (.list, .integer(let length)) where length >= 0: break
      case (.number, _): throw invalid("its bounds must be numbers")
      case (.integer, _): throw invalid("its bounds must be whole numbers")
      case (.string, _), (.list, _):
        throw invalid("its bounds are lengths: whole numbers from 0")
      }
    }
  }

  /// The reason why a value is invalid; nil when it is valid.
  private func refusal(of value: JSONValue) -> String? {
    switch (type, value) {
    case (.string, .string(let text)):
      return boundsRefusal(.integer(Int64(text.unicodeScalars.count)), of: "length")
        ?? patternRefusal(text)
    case (.integer, .integer), (.number, .integer), (.number, .double):
      return boundsRefusal(value, of: "value")
    case (.boolean, .bool), (.object, .object): return nil
    case (.list, .array(let elements)):
      return boundsRefusal(.integer(Int64(elements.count)), of: "length")
    case (.string, _), (.integer, _), (.number, _), (.boolean, _), (.list, _), (.object, _):
      return "must be of type \(type.rawValue)"
    }
  }

  private func boundsRefusal(_ value: JSONValue, of what: String) -> String? {
    if let minimum, minimum.isNumerically(above: value) {
      return "has a \(what) below \(minimum.serialized())"
    }
    if let maximum, value.isNumerically(above: maximum) {
      return "has a \(what) above \(maximum.serialized())"
    }
    return nil
  }

  private func patternRefusal(_ text: String) -> String? {
    guard let pattern = compiledPattern else { return nil }
    if let refusal = pattern.refusal {
      return "cannot be matched with its pattern, which \(refusal.reason); update the action, which"
        + " was stored before patterns were restricted"
    }
    guard text.utf8.count <= pattern.longestText else {
      return "has more than \(pattern.longestText) bytes, the most for a pattern of this size"
    }
    return pattern.match(text).isMatch ? nil : "does not match \(pattern.source)"
  }
}

extension JSONValue {
  /// Whether this number is greater; exact also between integers and doubles.
  fileprivate func isNumerically(above other: JSONValue) -> Bool {
    switch (self, other) {
    case (.integer(let a), .integer(let b)): a > b
    case (.double(let a), .double(let b)): a.value > b.value
    case (.integer(let a), .double(let b)): a.order(to: b.value) > 0
    case (.double(let a), .integer(let b)): b.order(to: a.value) < 0
    case (.integer, _), (.double, _), (.null, _), (.bool, _), (.string, _), (.array, _),
      (.object, _):
      false
    }
  }
}

extension Int64 {
  /// The order relative to a finite double: -1, 0 or 1; exact where a conversion would round.
  fileprivate func order(to other: Double) -> Int {
    guard -0x1p63 <= other, other < 0x1p63 else { return other < 0 ? 1 : -1 }
    // Truncates towards zero. A double with a fraction is small enough for both conversions to be
    // exact.
    let whole = Int64(other)
    if self != whole { return self < whole ? -1 : 1 }
    let back = Double(whole)
    return back < other ? -1 : back > other ? 1 : 0
  }
}
