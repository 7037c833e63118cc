public import PlanDomain

/// An event of a worker, for its host.
///
/// Events come from the tasks and the thread of the worker, in no given order where they concern
/// different causes: of one lease, `abandoned` may come before `leaseLost`, which is reported when
/// the handler returns at last. The closure that receives them must return at once.
///
/// ```swift
/// let worker = try system.worker(named: "notes", actions: [note]) { event in
///   switch event {
///   case .trouble(let error, let operation): print(operation, "failed:", error)
///   case .unserved(let actor, _): print("no worker serves", actor)
///   default: break
///   }
/// }
/// ```
public enum WorkerReport: Sendable {
  /// A handler was started.
  case started(Assignment)
  /// A handler reported its progress.
  case progress(Plan.ID, String)
  /// An outcome was committed; the plan after it.
  case reported(Plan)
  /// The lease was lost, or the attempt timed out: the handler was cancelled and has returned, and
  /// its outcome is discarded. It was not even started if its slot had been given away before.
  case leaseLost(LeaseToken)
  /// A handler that was cancelled because its lease was lost or its attempt timed out has not
  /// returned within the cancel grace; another plan gets its slot.
  case abandoned(LeaseToken)
  /// The plan was released: it is queued again, and the attempt is not counted.
  case released(LeaseToken)
  /// The store failed; the second value names the operation, as in "claiming".
  case trouble(any Error, during: String)
  /// A plan was unreadable or could not be changed; the worker tries it again at that time.
  ///
  /// Other plans are not affected.
  case setAside(Plan.ID, any Error, until: Timestamp)
  /// Plans have been ready for this actor from that time on, and no worker of this system serves
  /// it.
  ///
  /// Reported once, until a worker serves the actor.
  case unserved(ActorName, readySince: Timestamp)
  /// The worker has no code for this action, although it serves the actor, and leaves its plans to
  /// other workers.
  ///
  /// They are not claimed and use up no attempt. Reported once for each action in a run.
  case unservedAction(ActionName, actor: ActorName)
  /// No action names the actor of this handler, so no plan can reach it.
  case unreachable(ActorName)
  /// This number of finished plans was removed, as `keepFinished` in the options says.
  case purged(plans: Int)
}

/// The operations of a handler besides its outcome.
///
/// Safe to use from any task of the handler; after its attempt has ended, writes are refused.
public struct HandlerContext: Sendable {
  let token: LeaseToken
  let store: PlanLifecycleService
  /// Decides what is stored of an error.
  let redaction: FailureRedaction
  /// Passes on what the handler reports.
  let noteProgress: @Sendable (String) -> Void

  /// Saves the state from which the next attempt can continue; replaces the previous checkpoint.
  ///
  /// A unit of work of its own. Waits while the store is suspended.
  ///
  /// ```swift
  /// let handler: PlanHandler = { assignment, context in
  ///   let first = assignment.checkpoint?.data.integerValue ?? 0
  ///   for page in first..<9 {
  ///     try await fetch("\(page)")
  ///     try await context.checkpoint("page", .integer(page + 1))
  ///   }
  ///   return .complete(.null)
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/leaseLost`` if the lease was taken away;
  ///   ``PlanError/Code/planNotFound`` if the plan was purged;
  ///   ``PlanError/Code/transitionNotAllowed`` if the attempt has ended by its own outcome;
  ///   ``PlanError/Code/documentTooLarge`` or ``PlanError/Code/invalidJSON`` if the data has more
  ///   than 16 MiB or is nested more than 128 deep; `CancellationError` if the task is cancelled
  ///   before the checkpoint is stored; ``StorageError`` if the store fails.
  public func checkpoint(_ step: Key, _ data: JSONValue) async throws {
    let checkpoint = try Plan.Checkpoint(step: step, data: data)
    _ = try await store.repeatingWhenResumed(if: { true }) {
      try await store.writeNow { [token] in try $0.checkpoint(token, checkpoint) }
    }
  }

  /// Reports the progress of the work to the worker's host, and to other processes.
  ///
  /// The latest report is stored with the next renewal of the lease, truncated to 500 bytes, and
  /// read as `plan.progress.report`. Costs no unit of work of its own.
  public func report(_ message: String) { noteProgress(message) }
}

/// The implementation of an actor: executes one attempt at one phase.
///
/// Runs at least once for each attempt. Its task is cancelled when the attempt times out, the lease
/// is lost, the plan is cancelled or the worker stops; if it does not return within the cancel
/// grace, the worker goes on without it. A time-out takes the lease away before it cancels the
/// task, so that the handler cannot write to the plan any more. A thrown error fails the attempt;
/// another attempt follows while attempts remain. ``FailureRedaction`` decides what is stored of
/// the error. The ``StorageError/Code/suspended`` error of a store fails no attempt: it is given
/// back.
///
/// Handlers run on the cooperative threads of the process, one for each processor. A handler that
/// blocks its thread (synchronous input and output, waiting for a process, a long computation)
/// delays all other tasks, other handlers included; leases are still renewed, by a thread of the
/// worker. Do such work on a thread of your own and await it; not on a concurrent `DispatchQueue`,
/// which on Linux uses the same threads.
///
/// ```swift
/// let handler: PlanHandler = { assignment, context in
///   context.report("\(assignment.phase) started")
///   return .complete(["attempt": .integer(Int64(assignment.attempt))])
/// }
/// ```
public typealias PlanHandler = @Sendable (Assignment, HandlerContext) async throws -> HandlerOutcome
