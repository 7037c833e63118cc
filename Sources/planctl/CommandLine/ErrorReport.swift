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
    case let error as FieldError: (status, code) = (error.isMissing ? .notFound : .usage, nil)
    case is UsageError: (status, code) = (.usage, nil)
    default: (status, code) = (.failed, nil)
    }
    text = Self.text(of: error)
  }

  /// An error in a user's words.
  static func text(of error: any Error) -> String {
    switch error {
    case let error as StorageError: OperatorText.of(error)
    case let error as PlanError: OperatorText.of(error)
    case is StandardOutput.Failure: "writing to standard output failed: \(error)"
    default: "\(error)"
    }
  }

  /// An error in a user's words, of work that planctl repeats by itself.
  static func text(ofRepeated error: any Error) -> String {
    text(of: error)
      .replacing(", then repeat the command", with: "; planctl tries again until it succeeds")
      .replacing("repeat the command", with: "planctl tries again by itself")
  }

  /// The refusal of a command to this plan, which names the commands that it allows.
  init(_ error: PlanError, refusedFor plan: Plan, below parent: Plan?) {
    (status, code) = (Self.status(of: error), error.code.rawValue)
    text = OperatorText.of(error, refusedFor: plan, below: parent)
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
