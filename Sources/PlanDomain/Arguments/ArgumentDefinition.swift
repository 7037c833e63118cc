/// The kinds of values that an argument can have.
public enum ArgumentType: String, Hashable, Sendable, CaseIterable {
  /// A text.
  case string
  /// A whole number of 64 bits.
  case integer
  /// A whole number or a double.
  case number
  /// True or false.
  case boolean
  /// A list of anything.
  case list
}

/// One argument that an action takes.
///
/// A pattern is trusted as much as whoever wrote the action: matching backtracks, so it is only
/// tried on texts of at most 4096 bytes.
public struct ArgumentDefinition: Hashable, Sendable {
  /// Whether a use must name the argument.
  public enum Requirement: Hashable, Sendable {
    /// Every use names it.
    case required
    /// A use may leave it out; then the default counts, if there is one.
    case optional(default: JSONValue?)
  }

  /// The name: a letter, then letters, digits, `_` and `-`; at most 64 bytes.
  public let name: String
  /// The kind of its values.
  public let type: ArgumentType
  /// Whether a use must name it.
  public let requirement: Requirement
  /// The least value of numbers, the least length of texts and lists.
  public let minimum: JSONValue?
  /// The greatest value of numbers, the greatest length of texts and lists.
  public let maximum: JSONValue?
  /// The regular expression that a text must match as a whole.
  public let pattern: String?
  /// What it is for.
  public let description: String

  /// Checks and keeps a definition.
  ///
  /// Lengths are counted in Unicode scalars and in elements. Throws `invalidArgumentDefinition`
  /// when it contradicts itself, above all when the default would be refused.
  public init(
    name: String, type: ArgumentType, requirement: Requirement = .required,
    minimum: JSONValue? = nil, maximum: JSONValue? = nil, pattern: String? = nil,
    description: String = ""
  ) throws(PlanError) {
    self.name = name
    self.type = type
    self.requirement = requirement
    self.minimum = minimum
    self.maximum = maximum
    self.pattern = pattern
    self.description = description
    try checkName()
    try checkBounds()
    try checkPattern()
    try Limits.checkText(description, field: "argument '\(name)'.description", required: false)
    if case .optional(let value?) = requirement, let reason = refusal(of: value) {
      throw wrong("its default \(reason)")
    }
  }

  /// Makes sure that a use may give this value; throws `invalidArgument` without the value.
  public func check(_ value: JSONValue) throws(PlanError) {
    if let reason = refusal(of: value) { throw .invalidArgument(name: name, reason: reason) }
  }

  private func wrong(_ reason: String) -> PlanError {
    .invalidArgumentDefinition(argument: name, reason: reason)
  }

  private func checkName() throws(PlanError) {
    guard let first = name.utf8.first, first.isASCIILetter, name.utf8.count <= 64,
      name.utf8.allSatisfy({ $0.isNameCharacter })
    else {
      throw .invalidArgumentDefinition(
        argument: String(name.prefix(64)),
        reason: "its name must be a letter, then letters, digits, '_' and '-', 64 at most")
    }
  }

  private func checkBounds() throws(PlanError) {
    for bound in [minimum, maximum].compactMap({ $0 }) {
      switch (type, bound) {
      case (.boolean, _): throw wrong("true and false have no bounds")
      case (.number, .integer), (.number, .double), (.integer, .integer): break
      case (.string, .integer(let length)) where length >= 0: break
      case (.list, .integer(let length)) where length >= 0: break
      case (.number, _): throw wrong("its bounds must be numbers")
      case (.integer, _): throw wrong("its bounds must be whole numbers")
      default: throw wrong("its bounds are lengths: whole numbers from 0")
      }
    }
    if let minimum, let maximum, minimum.isNumerically(above: maximum) {
      throw wrong("its minimum is above its maximum")
    }
  }

  private func checkPattern() throws(PlanError) {
    guard let pattern else { return }
    guard type == .string else { throw wrong("only a string has a pattern") }
    guard pattern.utf8.count <= 1024 else { throw wrong("its pattern is longer than 1024 bytes") }
    guard (try? Regex(pattern)) != nil else {
      throw wrong("its pattern is no regular expression")
    }
  }

  /// Why a value may not be given; nil when it may.
  private func refusal(of value: JSONValue) -> String? {
    switch (type, value) {
    case (.string, .string(let text)):
      return boundsRefusal(.integer(Int64(text.unicodeScalars.count)), of: "length")
        ?? patternRefusal(text)
    case (.integer, .integer), (.number, .integer), (.number, .double):
      return boundsRefusal(value, of: "value")
    case (.boolean, .bool): return nil
    case (.list, .array(let elements)):
      return boundsRefusal(.integer(Int64(elements.count)), of: "length")
    default: return "must be of type \(type.rawValue)"
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
    guard let pattern, let expression = try? Regex(pattern) else { return nil }
    guard text.utf8.count <= 4096 else { return "is too long to be matched with a pattern" }
    return (try? expression.wholeMatch(in: text)) == nil ? "does not match \(pattern)" : nil
  }
}

extension JSONValue {
  /// Whether this number is greater; exact between integers and between doubles.
  fileprivate func isNumerically(above other: JSONValue) -> Bool {
    if case .integer(let a) = self, case .integer(let b) = other { return a > b }
    guard let a = doubleValue, let b = other.doubleValue else { return false }
    return a > b
  }
}
