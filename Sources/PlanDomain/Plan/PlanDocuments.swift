/// The results, the checkpoint, the failure, the phase's input and its latest report.
package final class PlanDocuments: Sendable {
  /// The result of the strategize phase.
  package let strategize: JSONValue?
  /// The result of the execute phase.
  package let execute: JSONValue?
  /// The result of the apply phase.
  package let apply: JSONValue?
  /// The latest checkpoint of the current phase.
  package let checkpoint: Plan.Checkpoint?
  /// The failure of the latest attempt or of the plan.
  package let failure: Plan.Failure?
  /// The input of the current phase, which the latest advance carried.
  package let input: JSONValue?
  /// The latest text with which a handler of the current phase reported its progress.
  package let report: String?

  static let none = PlanDocuments(
    strategize: nil, execute: nil, apply: nil, checkpoint: nil, failure: nil)

  /// Creates documents, for example from stored values.
  package init(
    strategize: JSONValue?, execute: JSONValue?, apply: JSONValue?, checkpoint: Plan.Checkpoint?,
    failure: Plan.Failure?, input: JSONValue? = nil, report: String? = nil
  ) {
    self.strategize = strategize
    self.execute = execute
    self.apply = apply
    self.checkpoint = checkpoint
    self.failure = failure
    self.input = input
    self.report = report
  }

  /// The result of this phase.
  package func result(of phase: PlanPhase) -> JSONValue? {
    switch phase {
    case .strategize: strategize
    case .execute: execute
    case .apply: apply
    }
  }

  /// Returns a copy with the phase's result and without checkpoint, failure and report.
  func completing(_ phase: PlanPhase, with result: JSONValue) -> PlanDocuments {
    PlanDocuments(
      strategize: phase == .strategize ? result : strategize,
      execute: phase == .execute ? result : execute,
      apply: phase == .apply ? result : apply, checkpoint: nil, failure: nil, input: input)
  }

  func with(checkpoint: Plan.Checkpoint?) -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: failure, input: input, report: report)
  }

  func with(failure: Plan.Failure?) -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: failure, input: input, report: report)
  }

  func with(input: JSONValue?) -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: failure, input: input, report: report)
  }

  func with(report: String?) -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: failure, input: input, report: report)
  }

  /// Returns the documents of a reverted plan: the strategize result only.
  func reverted() -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: nil, apply: nil, checkpoint: nil, failure: nil)
  }
}

extension PlanDocuments: Hashable {
  /// Whether all values are equal.
  package static func == (a: PlanDocuments, b: PlanDocuments) -> Bool {
    a === b
      || a.strategize == b.strategize && a.execute == b.execute && a.apply == b.apply
        && a.checkpoint == b.checkpoint && a.failure == b.failure && a.input == b.input
        && a.report == b.report
  }

  /// Hashes the results.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(strategize)
    hasher.combine(execute)
    hasher.combine(apply)
  }
}
