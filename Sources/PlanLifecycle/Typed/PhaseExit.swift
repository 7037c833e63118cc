/// Ends a phase of a typed action with another outcome than its result, when thrown.
///
/// The result of a `complete` must be one of the closure's type; another one fails the phase
/// without another attempt.
///
///     throw PhaseExit(.constrain(reason: "the branch is locked"))
///     throw PhaseExit(.postpone(by: .seconds(3600)))
///     throw PhaseExit(
///       .fail(try Plan.Failure(code: "noSuchTag", message: "v1.2", isRetryable: false)))
public struct PhaseExit: Error {
  /// The outcome of the phase.
  public let outcome: HandlerOutcome

  /// Creates an exit with this outcome.
  public init(_ outcome: HandlerOutcome) { self.outcome = outcome }
}
