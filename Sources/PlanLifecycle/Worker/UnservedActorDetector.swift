import PlanDomain
import PlanStorage

/// Finds actors with ready plans and no worker, and handlers that no action names.
///
/// The cause is often a misspelt name. Checks some time after the start of the run, and again after
/// plans became ready for actors that the worker does not serve; reports each finding once.
final class UnservedActorDetector: Sendable {
  private struct State: Sendable {
    var next: Timestamp?
    var reported: Set<ActorName> = []
    var isFirst = true
  }

  /// The time for which plans are ready before their actor counts as unserved.
  static let readyThreshold = Duration.seconds(10)

  private let worker: PlanWorker
  private let state: Locked<State>

  init(worker: PlanWorker) {
    self.worker = worker
    state = Locked(State(next: worker.store.environment.time.now().adding(Self.readyThreshold)))
  }

  private var now: Timestamp { worker.store.environment.time.now() }

  /// The time of the next check; nil when none is scheduled.
  var next: Timestamp? { state.withLock { $0.next } }

  /// Schedules a check unless one is scheduled.
  ///
  /// Called after plans became ready for actors that the worker does not serve.
  func scheduleCheck() {
    let time = now.adding(Self.readyThreshold)
    state.withLock { if $0.next == nil { $0.next = time } }
  }

  /// Runs a check that is due, and reports new findings.
  func report() async throws {
    let now = now
    guard let next, next <= now else { return }
    let isFirst = state.withLock { state in
      defer { state.isFirst = false }
      state.next = nil
      return state.isFirst
    }
    let served = worker.store.serving.actors
    let queued: [(actor: ActorName, since: Timestamp)]
    do { queued = try await worker.store.readNow { try $0.queued(besides: served) } } catch {
      // The check is made after the suspension.
      if error.isSuspension {
        state.withLock { ($0.next, $0.isFirst) = ($0.next ?? next, isFirst) }
      }
      throw error
    }
    let unserved = queued.filter { $0.since.adding(Self.readyThreshold) <= now }
    let new = state.withLock { state in
      defer { state.reported = Set(unserved.map(\.actor)) }
      return unserved.filter { !state.reported.contains($0.actor) }
    }
    for finding in new { worker.notify(.unserved(finding.actor, readySince: finding.since)) }
    if isFirst { try await reportUnreachable() }
    // This process is not notified of commits of other processes, and actors whose plans became
    // ready recently may become unserved.
    if worker.store.engine.traits.isSharedBetweenProcesses || queued.count > unserved.count {
      scheduleCheck()
    }
  }

  private func reportUnreachable() async throws {
    var unreachable = Set(worker.code.keys)
    var after: ActionCursor?
    repeat {
      let page = try await worker.store.readNow { [after] snapshot in
        try snapshot.actions(
          matching: ActionQuery(order: .oldestFirst, limit: .largest, after: after))
      }
      for action in page.rows {
        for phase in PlanPhase.allCases { unreachable.remove(action.definition.actors[phase]) }
      }
      after = page.next
    } while after != nil && !unreachable.isEmpty
    for actor in unreachable.sorted() { worker.notify(.unreachable(actor)) }
  }
}

/// The actors that the workers of one system currently serve.
///
/// Safe to use from any thread.
final class ServedActors: Sendable {
  private let counts = Locked([ActorName: Int]())

  var actors: Set<ActorName> { counts.withLock { Set($0.keys) } }

  func begin(_ actors: [ActorName]) {
    counts.withLock { counts in for actor in actors { counts[actor, default: 0] += 1 } }
  }

  func end(_ actors: [ActorName]) {
    counts.withLock { counts in
      for actor in actors {
        let count = counts[actor, default: 0] - 1
        counts[actor] = count > 0 ? count : nil
      }
    }
  }
}
