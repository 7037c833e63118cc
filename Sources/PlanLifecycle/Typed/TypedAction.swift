public import PlanDomain

/// An action whose arguments and results are Swift values, together with the code of its phases.
///
/// Define it once, with a closure for each phase that has something to do; a phase without one
/// completes at once with null. `Result` is the type that the last closure returns. Each closure
/// finds the result of the closure before it in `previous`.
///
/// ```swift
/// struct Release: Codable { let version: String }
///
/// let release = try TypedAction(
///   "local/release", taking: Release.self, description: "Release {version}"
/// ).execute { run in
///   try await build(run.arguments.version)  // returns the archive's URL
/// }.apply { run in
///   try await publish(run.previous)
/// }
/// ```
///
/// Store it with `system.register([release])`, pass it to `system.worker(named:actions:)`, and use
/// it with `system.plans.use(release, arguments: Release(version: "1.2"))`, which returns a handle
/// of the plan: `try await handle.result()` is the result.
///
/// A closure runs at least once for each attempt, on a cooperative thread. A thrown error fails the
/// attempt, and another one follows while attempts remain; ``PhaseExit`` ends the phase in another
/// way. Arguments and results are stored in the form of ``JSONValue/init(encoding:field:)``; an
/// argument that is null is left out and read as null. Stored plans outlive the program: a change
/// of the types must still decode what is stored, as with any `Codable` file. What cannot be
/// decoded or encoded fails the phase without another attempt.
///
/// A value that may be shared by all tasks; each method for a phase returns a new action.
public struct TypedAction<Arguments: Codable & Sendable, Result: Codable & Sendable>: Sendable {
  /// The definition, as it is created in the store.
  public let definition: ActionDefinition
  private let bodies: [PlanPhase: PlanHandler]
  /// The phase whose result is the plan's; nil without closures.
  private let last: PlanPhase?

  private init(_ definition: ActionDefinition, _ bodies: [PlanPhase: PlanHandler], last: PlanPhase?)
  {
    self.definition = definition
    self.bodies = bodies
    self.last = last
  }
}

extension TypedAction where Result == NoValue {
  /// Creates an action whose phases do nothing; add closures with `strategize`, `execute`, `apply`.
  ///
  /// Each member of `Arguments` is an argument of the action, named in the templates as in
  /// `{version}`; `arguments` gives the list where it cannot be derived, also for a type whose
  /// `init(from:)` stops the program for the sample values of ``ArgumentList/init(of:)``. One
  /// actor, with the action's name, does all phases. A handler that runs longer than
  /// `attemptTimeout` is cancelled, and its attempt fails.
  ///
  /// ```swift
  /// let backup = try TypedAction(
  ///   "local/backup", taking: NoValue.self, description: "Back up the notes",
  ///   automation: .review, retry: RetryPolicy(attempts: 5), attemptTimeout: .seconds(600)
  /// ).execute { run in "backup of attempt \(run.attempt)" }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/argumentsNotDerivable`` if the list must be given;
  ///   ``PlanError/Code/invalidArgumentDefinition`` if the name of a member is not valid for
  ///   arguments; ``PlanError/Code/invalidTemplate`` if a template has an unpaired brace or names
  ///   an undefined argument; ``PlanError/Code/templateTooLarge`` if one has more than 64 KiB;
  ///   ``PlanError/Code/outOfRange`` if `attemptTimeout` is not between 1 millisecond and 7 days.
  public init(
    _ name: ActionName, taking type: Arguments.Type = Arguments.self, description: String,
    definitionOfDone: String = "", arguments: ArgumentList? = nil,
    automation: Automation = .auto, retry: RetryPolicy = .standard,
    attemptTimeout: Duration? = nil
  ) throws(PlanError) {
    let list: ArgumentList
    if let arguments { list = arguments } else { list = try ArgumentList(of: type) }
    // Valid, because the names of actions are shorter than those of actors may be.
    let actor = ActorName(unchecked: name.description)
    try self.init(
      ActionDefinition(
        name: name, description: description, definitionOfDone: definitionOfDone,
        actors: Actors(strategy: actor, execution: actor), arguments: list,
        automation: automation, retry: retry, attemptTimeout: attemptTimeout),
      taking: type)
  }

  /// Creates an action with this definition, which may set all that a definition can.
  ///
  /// ```swift
  /// struct Cleanup: Codable { let days: Int }
  /// let cleanup = try TypedAction(
  ///   ActionDefinition(
  ///     name: "local/cleanup", description: "Clean up", definitionOfDone: "",
  ///     actors: Actors(strategy: "cleaner", execution: "cleaner"),
  ///     arguments: ArgumentList(of: Cleanup.self), readOnly: true),
  ///   taking: Cleanup.self)
  /// ```
  public init(_ definition: ActionDefinition, taking type: Arguments.Type = Arguments.self) {
    self.init(definition, [:], last: nil)
  }
}

extension TypedAction: ExecutableAction {
  /// The handler of all phases of the action's plans, for a worker that is built from handlers.
  ///
  /// It gives a plan of another action back: the attempt is not counted, and other workers may
  /// have that action.
  public var handler: PlanHandler {
    { [bodies, name = definition.name] assignment, context in
      guard assignment.plan.definition.action.name == name else {
        throw UnservedAction(of: assignment.plan)
      }
      guard let body = bodies[assignment.phase] else { return .complete(.null) }
      return try await body(assignment, context)
    }
  }
}

extension TypedAction {
  /// Returns the result of a plan of this action that was read before.
  ///
  /// ```swift
  /// let plan = try await system.plans.read { try $0.plan(id) }
  /// if plan.hasSucceeded { print(try note.result(of: plan)) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/noResult`` with the reason if the plan is one of another action,
  ///   has not ended, was cancelled, or failed; ``PlanError/Code/notDecodable`` with the path if
  ///   the stored result has another form; and the errors that the result's type itself throws.
  public func result(of plan: Plan) throws -> Result {
    if let reason = reasonWithoutResult(plan) {
      throw PlanError.noResult(plan.id, of: definition.name, status: plan.status, reason: reason)
    }
    let document = last.flatMap { plan.progress.result(of: $0) } ?? .null
    return try document.decoded(as: Result.self, field: "result")
  }

  private func reasonWithoutResult(_ plan: Plan) -> String? {
    let name = plan.definition.action.name
    guard name == definition.name else { return "it is a plan of \(name)" }
    if plan.hasSucceeded { return nil }
    let failure = plan.progress.failure.map { " with the failure \($0.code)" } ?? ""
    switch plan.status.state {
    case .cancelled: return "it was cancelled"
    case .errored: return "its phase \(plan.status.phase.rawValue) ended\(failure)"
    case .constrained: return "it could not be applied\(failure)"
    case .complete: return "it is \(plan.status) and waits for an operator"
    case .queued, .processing, .waiting, .applied: return "it is \(plan.status) and has not ended"
    }
  }

  /// Returns the arguments as a store keeps them.
  ///
  /// A member that is null is left out: it is an optional argument without a value. Throws
  /// `notEncodable` with the path.
  func document(of arguments: Arguments) throws -> JSONObject {
    switch try JSONValue(encoding: arguments, field: "arguments") {
    case .null: return [:]
    case .object(let members): return members.withoutNulls
    case .bool, .integer, .double, .string, .array:
      throw PlanError.notEncodable(
        "arguments", reason: "arguments are the members of an object, and it is none")
    }
  }

  /// Returns the action with a closure for one more phase.
  ///
  /// Throws `invalidPhase` unless the phase comes after those that have one.
  func adding<R: Codable & Sendable>(
    _ phase: PlanPhase,
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) throws(PlanError) -> TypedAction<Arguments, R> {
    let order = PlanPhase.allCases
    if let last, order.prefix(through: order.firstIndex(of: last) ?? 0).contains(phase) {
      throw .invalidPhase(
        phase, of: definition.name,
        reason: "it already has \(last.rawValue); add each phase once, in the order of execution")
    }
    if phase == .apply, definition.readOnly {
      throw .invalidPhase(
        phase, of: definition.name, reason: "plans of read-only actions end with execute")
    }
    var bodies = bodies
    bodies[phase] = { assignment, context in
      try await run(assignment, context, body)
    }
    return TypedAction<Arguments, R>(definition, bodies, last: phase)
  }

  /// Runs a closure for an assignment.
  ///
  /// What cannot be decoded or encoded fails without another attempt, which would fail as well.
  private func run<R: Codable & Sendable>(
    _ assignment: Assignment, _ context: HandlerContext,
    _ body: @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) async throws -> HandlerOutcome {
    let documents = StoredDocuments()
    do {
      let input = try documents.decoding { try typed(assignment, context, documents) }
      let result: R
      do { result = try await body(input) } catch let exit as PhaseExit {
        return try exit.outcome.checked(R.self, documents, context.redaction)
      }
      do { return .complete(try JSONValue(encoding: result, field: "result")) } catch let error
        as PlanError
      { return .fail(Plan.Failure(refusing: error, context.redaction)) }
    } catch let error as PlanError where documents.refused(error) {
      return .fail(Plan.Failure(refusing: error, context.redaction))
    }
  }

  private func typed(
    _ assignment: Assignment, _ context: HandlerContext, _ documents: StoredDocuments
  ) throws -> TypedAssignment<Arguments, Result> {
    let previous = last.flatMap { assignment.result(of: $0) } ?? .null
    let field = "results.\(last?.rawValue ?? "none")"
    return TypedAssignment(
      arguments: try assignment.arguments.decodedArguments(),
      previous: try previous.decoded(field: field), assignment: assignment, operations: context,
      documents: documents)
  }
}

extension HandlerOutcome {
  /// Returns the outcome of a phase whose result has this type; one with another result becomes a
  /// failure without another attempt.
  fileprivate func checked<R: Decodable & Sendable>(
    _ type: R.Type, _ documents: StoredDocuments, _ redaction: FailureRedaction
  ) throws -> HandlerOutcome {
    switch self {
    case .complete(let result):
      do { _ = try result.decoded(as: type, field: "result") } catch let error as PlanError {
        return .fail(Plan.Failure(refusing: error, redaction))
      }
      return self
    case .completeWith(let completion): return .completeWith(completion.checked(type, documents))
    case .constrain, .fail, .postpone, .postponeBy, .spawn, .spawnWith: return self
    }
  }
}
