/// Decides which message is stored when a handler throws an error.
///
/// The description of an error can contain values of arguments, addresses or secrets, and a failure
/// is kept with its plan, in its history and in backups. So `standard` stores the description only
/// of errors that declare it safe. The code of the failure is `handlerFailed` in any case, and the
/// message is truncated to 2000 characters. A failure that a handler returns with
/// `HandlerOutcome.fail` is stored as it is.
///
///     let redaction = FailureRedaction { error in
///       (error as? UploadError)?.summary ?? FailureRedaction.standard.message(error)
///     }
///     let worker = system.worker(named: "uploads", handlers: handlers, redaction: redaction)
public struct FailureRedaction: Sendable {
  /// Returns the message that is stored for an error.
  public let message: @Sendable (any Error) -> String

  /// Creates a redaction; the closure returns the message that is stored for an error.
  public init(message: @escaping @Sendable (any Error) -> String) { self.message = message }

  /// Stores the type and the code of an error, and the message of a `StorableError`.
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
///     struct QuotaExceeded: StorableError, CustomStringConvertible {
///       let description = "the daily quota is used up"
///     }
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
    "\(_domain)\(caseName.map { ".\($0)" } ?? "") (code \(_code))"
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
