import PlanDomain
import PlanLifecycle

/// A worker, its plans and what happens to them, in every order up to a bound.
package struct WorkerScenario: Sendable {
  /// What a handler does with a plan, after it has waited until the schedule lets it go on.
  enum Handler: Hashable, Sendable {
    /// It completes the phase; when it is cancelled it stops at once.
    case completes
    /// It completes the phase; that it is cancelled it does not notice.
    case isDeaf
    /// As `isDeaf`, and the first one does not return before everything else has ended.
    case hangs
    /// It fails the first attempt, and completes the phase in the next.
    case failsFirst
    /// It postpones the first attempt, and completes the phase in the next.
    case postponesFirst
    /// It spawns a child, then completes the phase.
    case spawns
  }

  /// Something that happens once, at any time.
  enum Event: String, Hashable, Sendable {
    /// Another plan is made.
    case use
    /// An operator cancels the first plan.
    case cancel
    /// An operator takes the lease of the first plan away.
    case evict
    /// The host cancels the task in which the worker runs.
    case stop
    /// The host closes the store.
    case close
  }

  /// The name, by which tests and the program find the scenario.
  package let name: String
  /// The number of plans at the beginning.
  var plans = 1
  /// Whether plans go through strategize and execute; otherwise they wait for approval after one.
  var hasTwoPhases = false
  /// The number of attempts of each phase.
  var attempts = 1
  /// The time-out of one attempt in seconds; nil for none.
  var timeout: Int?
  /// The number of workers.
  var workers = 1
  /// The number of slots of each worker.
  var slots = 1
  /// What handlers do.
  var handler = Handler.completes
  /// What else happens.
  var events: [Event] = []
  /// Whether, unless the schedule says otherwise, events happen while handlers run.
  var hasEarlyEvents = false
  /// The number of times at which the store fails at most.
  var faults = 0
  /// The number of times that the clock moves, unless the schedule says otherwise, before handlers
  /// go on.
  var delays = 0
  /// The number of times that a schedule departs from the usual order at most.
  package var deviations = 3

  init(_ name: String, _ change: (inout WorkerScenario) -> Void = { _ in }) {
    self.name = name
    change(&self)
  }

  /// All scenarios.
  package static let all = [
    WorkerScenario("one plan") { $0.hasTwoPhases = true },
    WorkerScenario("two plans, one slot") { $0.plans = 2 },
    WorkerScenario("three plans, two slots") { ($0.plans, $0.slots, $0.deviations) = (3, 2, 2) },
    WorkerScenario("a plan comes") { $0.events = [.use] },
    WorkerScenario("a plan comes, two slots") { scenario in
      (scenario.events, scenario.slots, scenario.deviations) = ([.use], 2, 2)
    },
    WorkerScenario("a child") { ($0.handler, $0.deviations) = (.spawns, 2) },
    WorkerScenario("an attempt fails") { ($0.handler, $0.attempts) = (.failsFirst, 2) },
    WorkerScenario("an attempt is postponed") { $0.handler = .postponesFirst },
    WorkerScenario("renewals") { ($0.delays, $0.events, $0.deviations) = (3, [.use], 2) },
    WorkerScenario("a time-out") { scenario in
      (scenario.timeout, scenario.delays, scenario.attempts) = (20, 4, 2)
    },
    WorkerScenario("time-outs, two slots") { scenario in
      scenario.deviations = 2
      (scenario.timeout, scenario.delays, scenario.slots) = (20, 6, 2)
      (scenario.events, scenario.hasEarlyEvents, scenario.handler) = ([.use], true, .isDeaf)
    },
    WorkerScenario("a cancellation") { scenario in
      (scenario.plans, scenario.events, scenario.hasEarlyEvents) = (2, [.cancel], true)
    },
    WorkerScenario("a cancellation, a deaf handler") { scenario in
      (scenario.plans, scenario.events, scenario.hasEarlyEvents) = (2, [.cancel], true)
      scenario.handler = .isDeaf
    },
    WorkerScenario("a deaf handler") { scenario in
      (scenario.plans, scenario.events, scenario.hasEarlyEvents) = (2, [.cancel], true)
      scenario.handler = .hangs
    },
    WorkerScenario("an eviction") { scenario in
      scenario.deviations = 2
      (scenario.attempts, scenario.events, scenario.hasEarlyEvents) = (2, [.evict], true)
      (scenario.handler, scenario.slots) = (.isDeaf, 2)
    },
    WorkerScenario("a stop") { scenario in
      (scenario.plans, scenario.events, scenario.hasEarlyEvents) = (3, [.stop], true)
    },
    WorkerScenario("a stop with time") { scenario in
      scenario.deviations = 2
      (scenario.plans, scenario.slots, scenario.events) = (3, 2, [.stop])
      (scenario.hasEarlyEvents, scenario.delays, scenario.handler) = (true, 3, .hangs)
    },
    WorkerScenario("a stop and a cancellation") { scenario in
      (scenario.plans, scenario.events) = (2, [.stop, .cancel])
      (scenario.hasEarlyEvents, scenario.delays, scenario.handler) = (true, 3, .isDeaf)
    },
    WorkerScenario("a failing store") { ($0.plans, $0.faults) = (2, 2) },
    WorkerScenario("a plan comes, a failing store") { scenario in
      (scenario.plans, scenario.events, scenario.faults) = (0, [.use], 2)
    },
    WorkerScenario("a failing store, two slots") { scenario in
      scenario.deviations = 2
      (scenario.plans, scenario.slots, scenario.faults, scenario.delays) = (3, 2, 2, 1)
    },
    WorkerScenario("a failing store and a stop") { scenario in
      (scenario.plans, scenario.faults, scenario.events) = (2, 2, [.stop])
      scenario.hasEarlyEvents = true
    },
    WorkerScenario("a closed store") { scenario in
      scenario.deviations = 2
      (scenario.plans, scenario.slots, scenario.events) = (2, 2, [.close])
      scenario.hasEarlyEvents = true
    },
    WorkerScenario("two workers") { scenario in
      scenario.deviations = 2
      (scenario.plans, scenario.workers, scenario.delays, scenario.attempts) = (2, 2, 4, 2)
    },
  ]

  /// The scenario of this name; throws when there is none.
  package static func named(_ name: String) throws -> WorkerScenario {
    guard let scenario = all.first(where: { $0.name == name }) else {
      throw ExplorerError("there is no scenario '\(name)'; explore --workers names them all")
    }
    return scenario
  }

  /// The options of the workers.
  func options() throws(PlanError) -> WorkerOptions {
    try WorkerOptions(
      concurrency: slots, leaseFor: .seconds(60), grace: .seconds(12), cancelGrace: .seconds(15),
      pollInterval: .seconds(1))
  }

  /// What plans are made from.
  var plan: PlanShape {
    PlanShape(
      hasTwoPhases || handler == .spawns ? .auto : .manual, readOnly: true, attempts: attempts,
      timeout: timeout)
  }
}
