public import PlanDomain

/// The input of a closure of a typed action: one attempt at one phase of one plan.
///
/// A closure runs at least once for each attempt. Effects that must not occur twice get a key that is
/// the same in every attempt at the same work: the plan's id, the phase, and the number of reversions.
/// Safe to use from any task of the closure; after its attempt has ended, writes are refused.
public struct TypedAssignment<Arguments: Sendable, Previous: Sendable>: Sendable {
  /// The arguments of the plan.
  public let arguments: Arguments
  /// The result of the latest earlier phase that has a closure; `NoValue` without one.
  public let previous: Previous
  /// The assignment as an untyped handler receives it.
  public let assignment: Assignment
  let operations: HandlerContext
  let documents: StoredDocuments

  /// The plan at the time of the claim.
  public var plan: Plan { assignment.plan }
  /// The number of the attempt, from 1.
  public var attempt: Int { assignment.attempt }
  /// The outcomes of the latest spawn's children, in spawn order.
  public var children: [ChildOutcome] { assignment.children }
  /// The texts that the use gave for the handlers of the plan and of its descendants.
  public var context: [String: String] { assignment.context }

  /// Reports the progress of the work to the worker's host, and to other processes.
  ///
  /// The latest report is stored with the next renewal of the lease, truncated to 500 bytes, and
  /// read as `plan.progress.report`. Returns at once and costs no unit of work of its own.
  ///
  /// ```swift
  /// let importing = try TypedAction(
  ///   "local/import", taking: Note.self, description: "Import {text}"
  /// ).execute { run in
  ///   for page in 1...9 { run.report("page \(page) of 9") }
  /// }
  /// ```
  public func report(_ message: String) { operations.report(message) }
}

extension TypedAssignment {
  /// Returns the results of the children that are plans of this action, in spawn order.
  ///
  /// ```swift
  /// let things = try run.results(of: note)
  /// ```
  ///
  /// - Throws: ``PlanError/Code/noResult`` for the first of them that did not succeed;
  ///   ``PlanError/Code/notDecodable``, which fails the phase for good unless the closure catches
  ///   it; and the errors that the type of the results itself throws.
  public func results<ChildArguments, ChildResult>(
    of action: TypedAction<ChildArguments, ChildResult>
  ) throws -> [ChildResult] {
    try children.map(\.plan)
      .filter { $0.definition.action.name == action.definition.name }
      .map { plan in try documents.decoding { try action.result(of: plan) } }
  }

  /// Returns the result of an earlier phase; nil when the phase has none.
  ///
  /// `previous` is the result of the latest one.
  ///
  /// ```swift
  /// let steps = try run.result(of: .strategize, as: [String].self) ?? []
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notDecodable`` with the path, which fails the phase for good unless
  ///   the closure catches it; and the errors that the type itself throws.
  public func result<R: Decodable>(of phase: PlanPhase, as type: R.Type = R.self) throws -> R? {
    try documents.decoding {
      try assignment.result(of: phase)?.decoded(as: type, field: "results.\(phase.rawValue)")
    }
  }

  /// Returns the input of this phase, which the latest `advance` carried; nil without one, and for
  /// null.
  ///
  /// The input says what was decided before this phase, for example by an approval. Every attempt
  /// receives it.
  ///
  /// ```swift
  /// struct Approval: Codable { let isGranted: Bool }
  /// guard try run.input(as: Approval.self)?.isGranted == true else {
  ///   throw PhaseExit(.constrain(reason: "not approved"))
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notDecodable`` with the path, as in `input.items[3].price`, which
  ///   fails the phase for good unless the closure catches it; and the errors that the type itself
  ///   throws.
  public func input<T: Decodable>(as type: T.Type = T.self) throws -> T? {
    guard let input = assignment.input, input != .null else { return nil }
    return try documents.decoding { try input.decoded(as: type, field: "input") }
  }

  /// Saves the state from which the next attempt can continue; replaces the previous checkpoint.
  ///
  /// A unit of work of its own, so save it after work that is worth it. Waits while the store is
  /// suspended.
  ///
  /// ```swift
  /// let done = try run.checkpoint(as: Int.self) ?? 0
  /// for (number, page) in pages.enumerated().dropFirst(done) {
  ///   try await fetch(page)
  ///   try await run.checkpoint("page", number + 1)
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notEncodable`` with the path of the value;
  ///   ``PlanError/Code/documentTooLarge`` if it has more than 16 MiB; ``PlanError/Code/leaseLost``
  ///   if the lease was taken away; ``PlanError/Code/planNotFound`` if the plan was purged;
  ///   ``PlanError/Code/transitionNotAllowed`` if the attempt has ended by its own outcome;
  ///   `CancellationError` if the task is cancelled before the checkpoint is stored;
  ///   ``StorageError`` if the store fails.
  public func checkpoint(_ step: Key, _ value: some Encodable) async throws {
    try await operations.checkpoint(step, try JSONValue(encoding: value, field: "checkpoint"))
  }

  /// Returns the value of the latest checkpoint at the time of the claim; nil without one.
  ///
  /// `assignment.checkpoint` has its step.
  ///
  /// - Throws: ``PlanError/Code/notDecodable`` with the path, which fails the phase for good unless
  ///   the closure catches it; and the errors that the type itself throws.
  public func checkpoint<T: Decodable>(as type: T.Type = T.self) throws -> T? {
    try documents.decoding {
      try assignment.checkpoint?.data.decoded(as: type, field: "checkpoint")
    }
  }
}
