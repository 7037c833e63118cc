/// The name of an action, `namespace/name`; case-sensitive.
///
/// Write constants as literals; for other texts use the throwing initialiser.
public struct ActionName: Hashable, Sendable, CustomStringConvertible {
  /// The namespace of names that are written without one.
  public static let defaultNamespace = "local"

  /// The full name.
  public let description: String

  /// Parses a name; a missing namespace means `local`.
  ///
  /// Both parts begin with a letter or digit and continue with letters, digits, `_` and `-`; the
  /// full name has at most 128 bytes. Case is kept and counts.
  ///
  /// - Throws: ``PlanError/Code/invalidActionName`` with the reason for any other text.
  public init(_ text: String) throws(PlanError) {
    let parts = text.utf8.split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= 2 else {
      throw .invalidActionName(reason: "it has more than one '/'")
    }
    let namespace = parts.count == 2 ? String(parts[0]) ?? "" : Self.defaultNamespace
    try self.init(namespace: namespace, name: String(parts[parts.count - 1]) ?? "")
  }

  /// Creates a name from its parts.
  ///
  /// - Throws: ``PlanError/Code/invalidActionName`` by the same rules as ``init(_:)``.
  public init(namespace: String, name: String) throws(PlanError) {
    try Self.check(namespace, part: "namespace")
    try Self.check(name, part: "name")
    guard namespace.utf8.count + name.utf8.count + 1 <= PlanLimits.actionNameBytes else {
      throw .invalidActionName(reason: "it is longer than \(PlanLimits.actionNameBytes) bytes")
    }
    description = "\(namespace)/\(name)"
  }

  /// The part before the slash.
  public var namespace: String { String(description.prefix { $0 != "/" }) }
  /// The part after the slash.
  public var name: String { String(description.drop { $0 != "/" }.dropFirst()) }

  private static func check(_ part: String, part which: String) throws(PlanError) {
    guard let first = part.utf8.first else {
      throw .invalidActionName(reason: "its \(which) is empty")
    }
    guard first.isASCIIAlphanumeric, part.utf8.allSatisfy({ $0.isNameCharacter }) else {
      throw .invalidActionName(
        reason: "its \(which) must consist of letters, digits, '_' and '-', and begin with a letter"
          + " or digit")
    }
  }
}

extension ActionName: ExpressibleByStringLiteral {
  /// Creates a name from a literal; an invalid one stops the program with the error.
  public init(stringLiteral text: String) {
    do throws(PlanError) {
      try self.init(text)
    } catch {
      preconditionFailure("the literal \"\(text)\" is refused: \(error)")
    }
  }
}

extension ActionName: Comparable {
  /// Orders names by their bytes.
  public static func < (a: ActionName, b: ActionName) -> Bool { a.description < b.description }
}

extension UInt8 {
  /// Whether the byte is one of `A-Za-z`.
  var isASCIILetter: Bool {
    UInt8(ascii: "a") <= self | 0x20 && self | 0x20 <= UInt8(ascii: "z")
  }

  /// Whether the byte is one of `A-Za-z0-9`.
  var isASCIIAlphanumeric: Bool {
    isASCIILetter || UInt8(ascii: "0") <= self && self <= UInt8(ascii: "9")
  }

  /// Whether the byte is one of `A-Za-z0-9_-`.
  var isNameCharacter: Bool {
    isASCIIAlphanumeric || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
  }
}
