public import PlanDomain

extension Plan.Failure {
  /// Creates the failure for an error that a handler threw; another attempt may succeed.
  init(of error: any Error, _ redaction: FailureRedaction) {
    self.init(code: .handlerFailed, text: redaction.message(error), isRetryable: true)
  }

  /// Creates the failure for an outcome or a document that was refused; most would be refused again.
  init(refusing error: PlanError, _ redaction: FailureRedaction, isRetryable: Bool = false) {
    self.init(
      code: error.failureCode, text: redaction.message(error), isRetryable: isRetryable)
  }

  /// Creates a failure with its message truncated to a length that all stores accept.
  private init(code: Key, text: String, isRetryable: Bool) {
    self.init(
      uncheckedCode: code, message: String(text.prefix(2000)), detail: nil,
      isRetryable: isRetryable)
  }
}

extension ShortText where Rule == KeyRule {
  /// The code of an attempt whose handler threw an error.
  public static var handlerFailed: Key { Key(unchecked: "handlerFailed") }
}

extension PlanError {
  /// The error's code, as the code of a failure.
  var failureCode: Key { Key(unchecked: code.rawValue) }
}
