import Planwright

/// An error in a user's words, with its exit status.
struct ErrorReport: Sendable {
  let status: ExitStatus
  /// The stable code for programs, as in `planNotFound`; nil when the error has none.
  var code: String?
  /// What was being done, to what, why it failed and what to do.
  let text: String

  init(_ error: any Error) {
    switch error {
    case let error as PlanError:
      (status, code) = (Self.status(of: error), error.code.rawValue)
    case let error as StorageError:
      let isUsage = [.invalidLocation, .unsupported].contains(error.code)
      (status, code) = (isUsage ? .usage : .storage, error.code.rawValue)
    case let error as CommandError: (status, code) = (error.status, nil)
    case is UsageError, is FieldError: (status, code) = (.usage, nil)
    default: (status, code) = (.failed, nil)
    }
    text = "\(error)"
  }

  private static func status(of error: PlanError) -> ExitStatus {
    switch error.category {
    case .notFound: .notFound
    case .conflict, .refused: .conflict
    default: .usage
    }
  }
}

/// Why a command failed, with its exit status: what, where, why and what to do, in one sentence.
struct CommandError: Error, CustomStringConvertible {
  let status: ExitStatus
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}
