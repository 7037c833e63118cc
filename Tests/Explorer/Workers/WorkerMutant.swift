import PlanDomain
import PlanStorage

/// Something that is broken under a worker or in its task: a wake-up, an answer or a time is lost.
///
/// The worker's code is the real one. What it is told is changed just as if the code that tells it,
/// or the code that listens, had been left out.
package struct WorkerMutant: Sendable, CustomStringConvertible {
  /// What is broken, in words.
  package let description: String
  /// The name of the scenario in which it shows.
  package let scenario: String
  /// The number of the job that is never run; the first is 1.
  var forgottenJob: Int?
  /// Whether alarms are run.
  var runsAlarms = true
  /// Whether commits are notified to nobody.
  var losesNotifications = false
  /// Whether one unit of work that was committed is said to have failed.
  var losesAnswer = false
  /// Whether no time is known at which a plan will be ready.
  var hidesReadyTimes = false
  /// Whether taking a lease away does not count the epoch.
  var keepsEpochs = false
  /// Whether reports come twice.
  var reportsTwice = false

  init(_ description: String, in scenario: String, _ change: (inout WorkerMutant) -> Void) {
    self.description = description
    self.scenario = scenario
    change(&self)
  }

  /// All mutants.
  package static let all = [
    WorkerMutant("a task that is resumed does not go on", in: "one plan") { $0.forgottenJob = 8 },
    WorkerMutant("the commits of others are not noticed", in: "a plan comes") {
      $0.losesNotifications = true
    },
    WorkerMutant("the time of the next attempt is not known", in: "an attempt fails") {
      $0.hidesReadyTimes = true
    },
    WorkerMutant("the slot of a lost handler is never free", in: "a deaf handler") {
      $0.runsAlarms = false
    },
    WorkerMutant("an outcome that was stored is stored again", in: "one plan") {
      $0.losesAnswer = true
    },
    WorkerMutant("a late outcome is taken for that of the next attempt", in: "an eviction") {
      $0.keepsEpochs = true
    },
    WorkerMutant("an outcome is reported twice", in: "one plan") { $0.reportsTwice = true },
  ]

  /// Finds a schedule of the scenario that shows what is broken; nil when there is none.
  package func finding() throws -> WorkerFinding? {
    var search = WorkerSearch(try WorkerScenario.named(scenario), mutant: self)
    return try search.run().finding
  }
}

/// A unit of work under a worker with something broken.
struct MutantWorkerUnit: UnitOfWorkDecorator {
  let inner: any UnitOfWork
  let mutant: WorkerMutant

  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    mutant.hidesReadyTimes ? nil : try inner.nextReadyAt(for: actors, excluding: excluded)
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    let isTaken = before.progress.lease != nil && plan.progress.epoch > before.progress.epoch
    guard mutant.keepsEpochs, isTaken else { return try inner.save(plan, replacing: before) }
    try inner.save(
      plan.falsified { $0.epoch = before.progress.epoch - 1 }, replacing: before)
  }
}
