import PlanDomain
import PlanStorage

/// Finds the actors for whom plans are ready and nobody works, and handlers that nothing reaches.
///
/// Both are mostly misspelt names. Looks some time after the run has begun, and again after plans
/// became ready for actors that the worker does not serve; each finding is told once.
final class UnservedActors: Sendable {
  private struct State: Sendable {
    var next: Timestamp?
    var told: Set<ActorName> = []
    var isFirst = true
  }

  /// How long plans are ready before their actor counts as unserved.
  static let patience = Duration.seconds(10)

  private let worker: PlanWorker
  private let state: Locked<State>

  init(worker: PlanWorker) {
    self.worker = worker
    state = Locked(State(next: worker.store.environment.time.now().adding(Self.patience)))
  }

  private var now: Timestamp { worker.store.environment.time.now() }

  /// When to look next; nil while there is no reason to.
  var next: Timestamp? { state.withLock { $0.next } }

  /// Looks again after a while, unless that is planned already: plans became ready for actors that
  /// the worker does not serve.
  func lookAgain() {
    let time = now.adding(Self.patience)
    state.withLock { if $0.next == nil { $0.next = time } }
  }

  /// Looks if it is time to, and tells what is new.
  func report() async throws {
    let now = now
    guard let next, next <= now else { return }
    let isFirst = state.withLock { state in
      defer { state.isFirst = false }
      state.next = nil
      return state.isFirst
    }
    let served = worker.store.serving.actors
    let queued = try await worker.store.read { try $0.queued(besides: served) }
    let unserved = queued.filter { $0.since.adding(Self.patience) <= now }
    let new = state.withLock { state in
      defer { state.told = Set(unserved.map(\.actor)) }
      return unserved.filter { !state.told.contains($0.actor) }
    }
    for finding in new { worker.tell(.unserved(finding.actor, readySince: finding.since)) }
    if isFirst { try await reportUnreachable() }
    // The commits of other processes are not announced here; and who is not late yet may become so.
    if worker.store.engine.traits.isSharedBetweenProcesses || queued.count > unserved.count {
      lookAgain()
    }
  }

  private func reportUnreachable() async throws {
    var unreachable = Set(worker.handlers.keys)
    var after: ActionCursor?
    repeat {
      let page = try await worker.store.read { [after] snapshot in
        try snapshot.actions(
          matching: ActionQuery(order: .oldestFirst, limit: .largest, after: after))
      }
      for action in page.rows {
        for phase in PlanPhase.allCases { unreachable.remove(action.definition.actors[phase]) }
      }
      after = page.next
    } while after != nil && !unreachable.isEmpty
    for actor in unreachable.sorted() { worker.tell(.unreachable(actor)) }
  }
}

/// The actors that the workers of one system serve at the moment.
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
