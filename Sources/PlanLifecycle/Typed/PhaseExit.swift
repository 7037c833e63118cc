/// Ends a phase of a typed action with another outcome than its result, when thrown.
///
/// The result of a `complete` must be one of the closure's type; another one fails the phase
/// without another attempt.
///
/// ```swift
/// let publish = try TypedAction(
///   "local/publish", taking: Release.self, description: "Publish {version}"
/// ).execute { run in
///   guard try await isFinished(run.arguments) else {
///     throw PhaseExit(.postpone(by: .seconds(3600)))
///   }
/// }.apply { run in
///   guard try await isOpen(run.arguments) else {
///     throw PhaseExit(.constrain(reason: "the branch is locked"))
///   }
/// }
/// ```
public struct PhaseExit: Error {
  /// The outcome of the phase.
  public let outcome: HandlerOutcome

  /// Creates an exit with this outcome.
  public init(_ outcome: HandlerOutcome) { self.outcome = outcome }
}
