public import PlanDomain

/// The outcome of a handler.
///
/// Outcomes are equal if all their values are; outcomes with a completion or a choice of children
/// are equal if they have the same one.
///
/// ```swift
/// let handler: PlanHandler = { assignment, _ in
///   switch assignment.phase {
///   case .strategize: return .complete(["steps": 3])
///   case .execute: return .spawn([ChildSpec(action: "ci/build")], .standard)
///   case .apply: return .constrain(reason: "the branch is locked")
///   }
/// }
/// ```
public enum HandlerOutcome: Hashable, Sendable {
  /// The phase is done.
  case complete(JSONValue)
  /// The phase is done, with work that is committed together with it; made by `complete(_:)`.
  case completeWith(Completion)
  /// Applying is not possible for a reason outside the plan.
  case constrain(reason: String)
  /// The attempt failed; the next one is due after the failure's `retryAfter`, or after the delay of
  /// the retry policy.
  case fail(Plan.Failure)
  /// The phase cannot go on before this time, at most 366 days from now; uses up no attempt.
  ///
  /// The next attempt finds the latest checkpoint. A time that is not later than the commit fails
  /// the attempt with `outOfRange`, so that no handler is called in a loop without a pause.
  case postpone(until: Timestamp)
  /// The phase cannot go on before this delay has passed; made by `postpone(by:)`.
  case postponeBy(Duration)
  /// The phase waits until these children have ended, and then continues with a new assignment.
  case spawn([ChildSpec], ChildSchedule)
  /// The phase waits for children that are chosen when they are created; made by `spawn(_:_:)` with
  /// a body.
  case spawnWith(ChildChoice, ChildSchedule)

  /// The phase is done when the body has run; its value is the result of the phase.
  ///
  /// The body runs in the unit of work that completes the phase, before the completion, and only
  /// while the lease is valid. It can use, cancel and read other plans; all of this and the
  /// completion are committed together or not at all. The body may run again after the store
  /// failed, so it must have no other effects. An error that it throws fails the attempt.
  ///
  /// ```swift
  /// let handler: PlanHandler = { _, _ in
  ///   .complete { transaction in
  ///     let invoice = try transaction.use("shop/invoice", arguments: ["order": 17])
  ///     return ["invoice": .string("\(invoice.id)")]
  ///   }
  /// }
  /// ```
  public static func complete(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> JSONValue
  ) -> HandlerOutcome {
    .completeWith(Completion(body))
  }

  /// The phase waits until the children have ended that the body returns.
  ///
  /// The body runs in the unit of work that creates the children, before them, and only while the
  /// lease is valid. It can register actions and use, cancel and read other plans; all of this and
  /// the children are committed together or not at all. The body may run again after the store
  /// failed, so it must have no other effects. An error that it throws fails the attempt.
  ///
  /// ```swift
  /// let handler: PlanHandler = { _, _ in
  ///   .spawn(.standard) { transaction in
  ///     let build = try transaction.register(definition)
  ///     return [ChildSpec(action: build.name)]
  ///   }
  /// }
  /// ```
  public static func spawn(
    _ schedule: ChildSchedule,
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> [ChildSpec]
  ) -> HandlerOutcome {
    .spawnWith(ChildChoice(body), schedule)
  }

  /// The phase cannot go on before this delay has passed, which counts from the commit; uses up no
  /// attempt.
  ///
  /// Otherwise as ``postpone(until:)``.
  ///
  /// ```swift
  /// let handler: PlanHandler = { assignment, _ in
  ///   guard try await isFinished(assignment.arguments) else { return .postpone(by: .seconds(60)) }
  ///   return .complete(.null)
  /// }
  /// ```
  public static func postpone(by delay: Duration) -> HandlerOutcome { .postponeBy(delay) }

  /// The work that is committed together with the completion of a phase; immutable.
  public final class Completion: Hashable, Sendable {
    let body: @Sendable (borrowing PlanTransaction) throws -> JSONValue
    /// The type whose values the body encodes; nil when it is not known.
    let resultType: ObjectIdentifier?

    init(
      resultType: ObjectIdentifier? = nil,
      _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> JSONValue
    ) {
      self.resultType = resultType
      self.body = body
    }

    /// Whether both are the same object, because functions cannot be compared.
    public static func == (a: Completion, b: Completion) -> Bool { a === b }

    /// Hashes the identity of the object.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
  }

  /// The work that chooses the children of a plan in the unit of work that creates them; immutable.
  public final class ChildChoice: Hashable, Sendable {
    let body: @Sendable (borrowing PlanTransaction) throws -> [ChildSpec]

    init(_ body: @escaping @Sendable (borrowing PlanTransaction) throws -> [ChildSpec]) {
      self.body = body
    }

    /// Whether both are the same object, because functions cannot be compared.
    public static func == (a: ChildChoice, b: ChildChoice) -> Bool { a === b }

    /// Hashes the identity of the object.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
  }
}

/// The error of an outcome's body, which fails the attempt.
struct CompletionError: Error {
  let cause: any Error
}

extension PlanTransaction {
  /// Carries out the outcome of a handler.
  ///
  /// Throws `leaseLost` without running the body of the outcome when the lease is not valid, and
  /// `CompletionError` when the body throws.
  func conclude(_ token: LeaseToken, _ outcome: HandlerOutcome) throws -> Plan {
    switch outcome {
    case .complete(let result): try complete(token, result: result)
    case .completeWith(let completion): try complete(token, completion)
    case .constrain(let reason): try constrain(token, reason: reason)
    case .fail(let failure): try fail(token, failure)
    case .postpone(let time): try postpone(token, until: time)
    case .postponeBy(let delay): try postpone(token, until: now.adding(delay))
    case .spawn(let children, let schedule):
      try spawn(token, Spawn(children, schedule: schedule))
    case .spawnWith(let choice, let schedule): try spawn(token, choice, schedule)
    }
  }

  /// Fails the attempt when the time has passed: the next attempt may find another one.
  private func postpone(_ token: LeaseToken, until time: Timestamp) throws -> Plan {
    if time > now { return try release(token, readyAt: time) }
    return try fail(token, Plan.Failure(refusing: Self.notLater, .disabled, isRetryable: true))
  }

  private func complete(
    _ token: LeaseToken, _ completion: HandlerOutcome.Completion
  ) throws -> Plan {
    let result = try run(completion.body, while: .complete(token, result: .null), of: token)
    return try complete(token, result: result)
  }

  private func spawn(
    _ token: LeaseToken, _ choice: HandlerOutcome.ChildChoice, _ schedule: ChildSchedule
  ) throws -> Plan {
    // One child, which stands for those that the body returns.
    let round = ChildRound(number: 1, schedule: schedule, total: 1, ended: 0, holding: 1)
    let children = try run(choice.body, while: .spawn(token, round), of: token)
    return try spawn(token, Spawn(children, schedule: schedule))
  }

  /// Runs the body of an outcome while the holder of the lease can give the command.
  private func run<R>(
    _ body: (borrowing PlanTransaction) throws -> R, while command: PlanCommand,
    of token: LeaseToken
  ) throws -> R {
    try check(command, of: token)
    do {
      let value = try body(self)
      // The body may have caught the error that spoilt the unit of work, or ended its own lease.
      try check(command, of: token)
      return value
    } catch {
      // The whole unit of work is repeated after a temporary failure of the store.
      if let error = error as? StorageError, error.isRetryable || error.endsUseOfStore {
        throw error
      }
      throw CompletionError(cause: error)
    }
  }

  /// Throws unless the holder of the lease can give the command to its plan now.
  private func check(_ command: PlanCommand, of token: LeaseToken) throws {
    _ = try plan(token.plan).applying(command, at: now)
  }
}
