/// A short text that identifies something and is compared byte by byte by every store.
///
/// Printable ASCII only: Swift's strings hold texts of different bytes for equal, which a
/// database would not. A constant is written as a literal; for every other text there is the
/// initialiser that throws.
public struct ShortText<Rule: ShortTextRule>: Hashable, Sendable {
  /// The text.
  public let description: String

  /// Checks and keeps a text; throws `invalidText`.
  public init(_ text: String) throws(PlanError) {
    guard (1...Rule.longest).contains(text.utf8.count) else {
      throw .invalidText(field: Rule.field, reason: "it must have 1 to \(Rule.longest) bytes")
    }
    guard text.utf8.allSatisfy({ 0x20 <= $0 && $0 <= 0x7E }) else {
      throw .invalidText(field: Rule.field, reason: "it must be printable ASCII")
    }
    description = text
  }

  /// Keeps a text that is known to be within the rules.
  package init(unchecked text: String) { description = text }
}

extension ShortText: Comparable, CustomStringConvertible {
  /// Orders texts by their bytes.
  public static func < (a: ShortText, b: ShortText) -> Bool { a.description < b.description }
}

extension ShortText: ExpressibleByStringLiteral {
  /// A text that is a constant of the program; a wrong one stops the program, saying why.
  public init(stringLiteral text: String) {
    do throws(PlanError) {
      try self.init(text)
    } catch {
      preconditionFailure("the literal \"\(text)\" is refused: \(error)")
    }
  }
}

/// What tells one kind of short text from another.
public protocol ShortTextRule {
  /// The word that errors use for it.
  static var field: String { get }
  /// The most bytes that it may have.
  static var longest: Int { get }
}

/// A key: of a child among its siblings, of a use of an action, of a step or a failure.
public typealias Key = ShortText<KeyRule>
/// Who holds a lease: one start of one worker, never used again.
public typealias LeaseOwner = ShortText<OwnerRule>
/// The name of a project that plans work on.
public typealias ProjectName = ShortText<ProjectNameRule>
/// The name, in an action, of whoever does a phase.
public typealias ActorName = ShortText<ActorNameRule>

/// The rule of keys.
public enum KeyRule: ShortTextRule {
  /// The word that errors use.
  public static let field = "key"
  /// The most bytes.
  public static let longest = 256
}

/// The rule of owners.
public enum OwnerRule: ShortTextRule {
  /// The word that errors use.
  public static let field = "owner"
  /// The most bytes.
  public static let longest = 256
}

/// The rule of projects' names.
public enum ProjectNameRule: ShortTextRule {
  /// The word that errors use.
  public static let field = "project"
  /// The most bytes.
  public static let longest = 256
}

/// The rule of tags.
public enum TagRule: ShortTextRule {
  /// The word that errors use.
  public static let field = "tag"
  /// The most bytes.
  public static let longest = 128
}

/// The rule of actors' names.
public enum ActorNameRule: ShortTextRule {
  /// The word that errors use.
  public static let field = "actor"
  /// The most bytes.
  public static let longest = 128
}

extension Action {
  /// A word to find an action by.
  public typealias Tag = ShortText<TagRule>
}
