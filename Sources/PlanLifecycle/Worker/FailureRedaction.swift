/// Decides which message is stored when a handler throws an error or its outcome is refused.
///
/// The description of an error can contain values of arguments, addresses or secrets, and a failure
/// is kept with its plan, in its history and in backups. So ``standard`` stores the description
/// only of errors that declare it safe. The code of the failure is `handlerFailed` for a thrown
/// error and that of the `PlanError` for a refusal; the message is truncated to 2000 characters. A
/// failure that a handler returns with ``HandlerOutcome/fail(_:)`` is stored as it is.
///
/// ```swift
/// let redaction = FailureRedaction { error in
///   (error as? UploadError)?.summary ?? FailureRedaction.standard.message(error)
/// }
/// let worker = system.worker(named: "uploads", handlers: handlers, redaction: redaction)
/// ```
public struct FailureRedaction: Sendable {
  /// Returns the message that is stored for an error.
  public let message: @Sendable (any Error) -> String

  /// Creates a redaction; the closure returns the message that is stored for an error.
  public init(message: @escaping @Sendable (any Error) -> String) { self.message = message }

  /// Stores the type and the code of an error, and the message of a `StorableError`.
  ///
  /// Of the errors of this library, ids, names, and keys of dictionaries are left out; paths have
  /// `[*]` for such a key, as in `arguments.people[*].age`. The domain of a Foundation error stands
  /// for its type if it is a plain name (letters, digits, `.`, `-`, `_`; at most 100).
  public static let standard = FailureRedaction { error in
    (error as? any StorableError)?.storedMessage ?? error.typeAndCode
  }

  /// Stores the whole description of every error.
  public static let disabled = FailureRedaction { String(describing: $0) }
}

/// An error whose message may be stored with a plan and shown to operators.
///
/// Conform an error that contains no values of arguments and no secrets:
///
/// ```swift
/// struct QuotaExceeded: StorableError, CustomStringConvertible {
///   let description = "the daily quota is used up"
/// }
/// ```
public protocol StorableError: Error {
  /// The message that is stored; by default the description of the error.
  var storedMessage: String { get }
}

extension StorableError {
  /// The description of the error.
  public var storedMessage: String { String(describing: self) }
}

extension Error {
  /// The type and the code, as in "Notes.UploadError.refused (code 2)"; no values of the error.
  fileprivate var typeAndCode: String {
    "\(source)\(caseName.map { ".\($0)" } ?? "") (code \(_code))"
  }

  /// The domain of a Foundation error if it is a plain name, otherwise the type.
  private var source: String {
    let type = String(reflecting: Swift.type(of: self))
    return _domain != type && _domain.isPlainDomain ? _domain : type.withoutAddresses
  }

  /// The name of the case of an enumeration that does not describe itself.
  private var caseName: String? {
    let describesItself =
      self is any CustomStringConvertible || self is any CustomDebugStringConvertible
      || self is any CustomReflectable
    let mirror = Mirror(reflecting: self)
    guard !describesItself, mirror.displayStyle == .enum else { return nil }
    return mirror.children.first?.label ?? String(describing: self)
  }
}

extension String {
  /// Whether the text looks like a domain of errors, such as "NSCocoaErrorDomain".
  fileprivate var isPlainDomain: Bool {
    (1...100).contains(utf8.count)
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// The name of a type without the functions and files around it.
  ///
  /// Swift writes them as "(unknown context at $1a2b)", with an address of this process.
  fileprivate var withoutAddresses: String {
    let parts = split(separator: "(unknown context at $", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(into: String(parts.first ?? "")) { name, part in
      let rest = part.drop { $0 != ")" }.dropFirst()
      name += rest.first == "." ? rest.dropFirst() : rest
    }
  }
}
