/// The outcome of a call that may throw, to be carried out of a thread.
package func outcome<R: Sendable>(_ call: () throws -> R) -> Result<R, any Error> {
  Result { try call() }
}

extension Result {
  /// Whether the call ended without an error.
  package var isSuccess: Bool { if case .success = self { true } else { false } }

  /// The error, if there was one.
  package var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
