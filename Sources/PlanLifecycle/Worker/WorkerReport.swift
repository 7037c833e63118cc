public import PlanDomain

/// What a worker tells its host while it works.
public enum WorkerReport: Sendable {
  /// A handler starts.
  case started(Assignment)
  /// A handler says how far it is.
  case progress(Plan.ID, String)
  /// An outcome was committed; the plan since.
  case reported(Plan)
  /// The lease was lost; the handler was cancelled and its outcome is dropped.
  case leaseLost(LeaseToken)
  /// The plan was given back.
  case released(LeaseToken)
  /// The store failed; the worker tries again.
  case trouble(any Error, during: String)
  /// A plan could not be read or changed; the worker goes on with the others, and looks at this one
  /// again at that time.
  case setAside(Plan.ID, any Error, until: Timestamp)
  /// Plans have been ready for this actor since that time, and no worker of this system has a
  /// handler for it; told once until it is served.
  case unserved(ActorName, readySince: Timestamp)
  /// No action names the actor of this handler, so that no plan can reach it.
  case unreachable(ActorName)
}

/// What a handler can do besides returning an outcome.
public struct HandlerContext: Sendable {
  let token: LeaseToken
  let store: PlanLifecycleService
  let tell: @Sendable (WorkerReport) -> Void

  /// Keeps the point that the next attempt can go on from.
  ///
  /// Throws `leaseLost` when the plan is somebody else's by now, `documentTooLarge`, or
  /// `StorageError`.
  public func checkpoint(_ step: Key, _ data: JSONValue) async throws {
    let checkpoint = try Plan.Checkpoint(step: step, data: data)
    try await store.write { [token] transaction in _ = try transaction.checkpoint(token, checkpoint)
    }
  }

  /// Tells the worker's host how far the work is.
  public func report(_ message: String) { tell(.progress(token.plan, message)) }
}

/// Plays an actor: does one attempt at one phase.
///
/// Runs at least once for every attempt. Its task is cancelled when the lease is lost, the plan
/// is cancelled or the worker stops. An error that it throws fails the attempt; another one
/// follows while attempts remain.
///
/// Handlers run on the cooperative threads of the process, of which there are as many as processors.
/// One that blocks its thread (synchronous input and output, waiting for a process, a long
/// computation) keeps a processor from every other task meanwhile, other handlers included; their
/// leases are renewed all the same, by a thread of the worker's own. Do such work on a
/// `DispatchQueue` or another thread and await it.
public typealias PlanHandler = @Sendable (Assignment, HandlerContext) async throws -> Outcome
