import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import PlanStorageContract

/// Takes steps through the lifecycle, on a store whose state it can restore.
struct StepRunner {
  /// What a step did.
  enum Outcome {
    /// The step was carried out, and this is what the unit of work saw at its end.
    case done(TreeState, TrialStore.Observation)
    /// The rules refused the step, after this number of writes.
    case refused(PlanError, writes: Int)
    /// Something else happened.
    case failed(any Error)
  }

  let shape: Shape
  private let mutant: RuleMutant?
  private let actions: [PlanShape: ActionName]
  private let definitions: [ActionDefinition]
  private let time = ExploredTime()
  private let store: TrialStore
  private let service: PlanLifecycleService

  /// Creates a runner on this store, by default a new one in memory.
  init(
    _ shape: Shape, mutant: RuleMutant? = nil, store: any StorageEngine = InMemoryStore()
  ) throws {
    self.shape = shape
    self.mutant = mutant
    var actions: [PlanShape: ActionName] = [:]
    for (index, plan) in shape.planShapes.enumerated() {
      actions[plan] = try ActionName("explorer/\(shape.name)-\(index)")
    }
    self.actions = actions
    // In the order of the shapes: that of a dictionary differs from one dictionary to the next.
    definitions = try shape.planShapes.compactMap { plan in
      try actions[plan].map { try plan.definition($0) }
    }
    self.store = TrialStore(store, mutant: mutant)
    // The jitter that leaves a delay as long as the policy says.
    service = PlanLifecycleService(
      engine: self.store,
      environment: PlanEnvironment(
        time: time, ids: ULIDGenerator(randomness: SeededGenerator(seed: 1)), jitter: { 1 }))
  }

  /// Stores the actions and the root; returns the first state and its events.
  func begin() throws -> (TreeState, [PlanEvent]) {
    time.set(ExploredTime.start)
    store.prepare(.wait, commits: true)
    guard let root = actions[shape.root] else { throw ExplorerError("there is no root") }
    let notBefore = shape.root.notBefore.map { time.now().adding(.seconds($0)) }
    try service.writeBlocking { [definitions] transaction in
      for definition in definitions { try transaction.register(definition) }
      _ = try transaction.use(PlanUse(action: root, notBefore: notBefore))
    }
    let seen = store.observation
    return (TreeState(seen.plans, at: time.now()), seen.events)
  }

  /// Makes the store hold this state, with the events that led to it.
  func restore(_ state: TreeState, _ events: [PlanEvent]) throws {
    let fresh = InMemoryStore()
    try fresh.write { [definitions] work in
      for definition in definitions {
        try work.insert(Action(creating: definition, at: ExploredTime.start))
      }
      for plan in state.plans { try work.insert(plan) }
      for event in events { try work.append(event) }
    }
    store.replace(fresh)
    time.set(state.now)
  }

  /// Tries a step from a restored state, and rolls it back.
  func attempt(_ step: Step, from state: TreeState) -> Outcome { take(step, state, commits: false) }

  /// Takes a step for good.
  func commit(_ step: Step, from state: TreeState) -> Outcome { take(step, state, commits: true) }

  /// The inconsistencies that the store check finds in the store, which holds this state.
  func storeProblems(_ state: TreeState) throws -> [String] {
    let found = try store.inner.read { try StoreCheck.problems(in: $0) }
    return found.map { problem in
      let place = state.plans.firstIndex { "plan \($0.id)" == problem.subject }
      return "\(place.map { state.names[$0] } ?? problem.subject): \(problem.reason)"
    }
  }

  /// The store without what the runner adds.
  var engine: any StorageEngine { store.inner }

  private func take(_ step: Step, _ state: TreeState, commits: Bool) -> Outcome {
    if step == .wait {
      let later = state.at(state.nextTime ?? state.now)
      if commits { time.set(later.now) }
      return .done(later, TrialStore.Observation(plans: later.plans))
    }
    let context = StepContext(shape: shape, state: state, actions: actions)
    let taken = mutant?.step?(step, state) ?? step
    store.prepare(step, commits: commits)
    do {
      try service.writeBlocking { transaction in try context.take(taken, in: transaction) }
    } catch is TrialStore.RolledBack {
    } catch let error as PlanError {
      return .refused(error, writes: store.observation.writes)
    } catch {
      return .failed(error)
    }
    let seen = store.observation
    return .done(TreeState(seen.plans, at: state.now), seen)
  }
}
