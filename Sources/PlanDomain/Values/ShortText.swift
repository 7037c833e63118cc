/// A short text that identifies something; every store compares it byte by byte.
///
/// Printable ASCII only, because Swift compares strings by canonical equivalence and databases
/// compare bytes. Write constants as literals; for other texts use the throwing initialiser.
public struct ShortText<Rule: ShortTextRule>: Hashable, Sendable {
  /// The text.
  public let description: String

  /// Creates a text from one that is not known when the program is written.
  ///
  /// - Throws: ``PlanError/Code/invalidText`` with the field unless it has 1 to
  ///   ``ShortTextRule/longest`` bytes, all of them printable ASCII.
  public init(_ text: String) throws(PlanError) {
    guard (1...Rule.longest).contains(text.utf8.count) else {
      throw .invalidText(field: Rule.field, reason: "it must have 1 to \(Rule.longest) bytes")
    }
    guard text.utf8.allSatisfy({ 0x20 <= $0 && $0 <= 0x7E }) else {
      throw .invalidText(field: Rule.field, reason: "it must be printable ASCII")
    }
    description = text
  }

  /// Creates a text that is known to be valid.
  package init(unchecked text: String) { description = text }
}

extension ShortText: Comparable, CustomStringConvertible {
  /// Orders texts by their bytes.
  public static func < (a: ShortText, b: ShortText) -> Bool { a.description < b.description }
}

extension ShortText: ExpressibleByStringLiteral {
  /// Creates a text from a literal; an invalid one stops the program with the error.
  public init(stringLiteral text: String) {
    do throws(PlanError) {
      try self.init(text)
    } catch {
      preconditionFailure("the literal \"\(text)\" is refused: \(error)")
    }
  }
}

/// The rules of one kind of short text.
public protocol ShortTextRule {
  /// The field name in errors.
  static var field: String { get }
  /// The maximum length in bytes.
  static var longest: Int { get }
}

/// A key of a child, an idempotent use, a step or a failure: 1 to 256 bytes of printable ASCII.
public typealias Key = ShortText<KeyRule>
/// The owner of a lease: one run of one worker; never reused.
public typealias LeaseOwner = ShortText<OwnerRule>
/// The name of a project that plans work on.
public typealias ProjectName = ShortText<ProjectNameRule>
/// The name of the actor that does a phase of an action.
public typealias ActorName = ShortText<ActorNameRule>

/// The rules of keys: 1 to 256 bytes of printable ASCII.
public enum KeyRule: ShortTextRule {
  /// The field name in errors.
  public static let field = "key"
  /// The maximum length in bytes: 256.
  public static let longest = 256
}

/// The rules of lease owners.
public enum OwnerRule: ShortTextRule {
  /// The field name in errors.
  public static let field = "owner"
  /// The maximum length in bytes: 256.
  public static let longest = 256
}

/// The rules of project names.
public enum ProjectNameRule: ShortTextRule {
  /// The field name in errors.
  public static let field = "project"
  /// The maximum length in bytes: 256.
  public static let longest = 256
}

/// The rules of the values of labels.
public enum LabelValueRule: ShortTextRule {
  /// The field name in errors.
  public static let field = "label"
  /// The maximum length in bytes: 128.
  public static let longest = 128
}

/// The rules of tags.
public enum TagRule: ShortTextRule {
  /// The field name in errors.
  public static let field = "tag"
  /// The maximum length in bytes: 128.
  public static let longest = 128
}

/// The rules of actor names.
public enum ActorNameRule: ShortTextRule {
  /// The field name in errors.
  public static let field = "actor"
  /// The maximum length in bytes: 128.
  public static let longest = 128
}

extension Action {
  /// A tag of an action, for queries.
  public typealias Tag = ShortText<TagRule>
}
