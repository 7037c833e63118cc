import InMemoryStorage
import PlanDomain
import PlanStorage

/// A store in memory whose submitted units of work run when the schedule says so, and fail if it
/// says so.
///
/// A call of a thread that blocks is carried out at once. Safe to use from any thread.
final class ScheduledStore: UnitOfWorkSubmitting {
  /// What becomes of a unit of work.
  enum Answer: Hashable, Sendable {
    /// It is committed.
    case commits
    /// It fails before its body runs.
    case refuses
    /// Its body runs, and what it did is rolled back.
    case rollsBack
    /// The first write to a plan fails, if there is one.
    case breaks

    /// All answers but `commits`.
    static let failures: [Answer] = [.refuses, .rollsBack, .breaks]
  }

  private struct Pending: Sendable {
    let number: Int
    let body: @Sendable (any UnitOfWork) throws -> Void
    let completion: @Sendable (Result<Void, any Error>) -> Void
  }

  private struct State: Sendable {
    var pending: [Pending] = []
    var submitted = 0
    var isClosed = false
    var isFailing = false
    var answersLost = 0
  }

  let traits = StorageTraits(latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  private let inner = InMemoryStore()
  private let mutant: WorkerMutant?
  private let state: Locked<State>

  init(_ mutant: WorkerMutant?) {
    self.mutant = mutant
    state = Locked(State(answersLost: mutant?.losesAnswer == true ? 1 : 0))
  }

  /// Another one for each caller if notifications are to be lost.
  var notifier: CommitNotifier {
    mutant?.losesNotifications == true ? CommitNotifier() : inner.notifier
  }

  /// The number of units of work that wait to be run.
  var pending: Int { state.withLock { $0.pending.count } }

  /// Makes the calls of threads that block fail, or work again.
  func setFailing(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }

  func submit(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) -> SubmittedUnitOfWork {
    let number = state.withLock { state in
      state.submitted += 1
      state.pending.append(Pending(number: state.submitted, body: body, completion: completion))
      return state.submitted
    }
    return SubmittedUnitOfWork { [self] in withdraw(number) }
  }

  private func withdraw(_ number: Int) {
    let withdrawn = state.withLock { state in
      let index = state.pending.firstIndex { $0.number == number }
      return index.map { state.pending.remove(at: $0) }
    }
    withdrawn?.completion(.failure(CancellationError()))
  }

  /// Runs a unit of work and resumes its caller; units of work are in order of age.
  func run(_ index: Int, _ answer: Answer) {
    let unit = state.withLock { $0.pending.remove(at: index) }
    unit.completion(
      Result {
        switch answer {
        case .refuses: throw Self.failure
        case .commits:
          try write(unit.body)
          // Only of a worker's own outcome or claim: the body of a first claim may find nothing.
          let isLost = state.withLock { state in
            guard state.answersLost > 0, unit.number > 1 else { return false }
            state.answersLost -= 1
            return true
          }
          if isLost { throw Self.failure }
        case .rollsBack:
          try write { work in
            try unit.body(work)
            throw Self.failure
          }
        case .breaks: try write { work in try unit.body(BrokenUnit(inner: work)) }
        }
      })
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try check("reading")
    try inner.read(body)
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try check("writing")
    try inner.write { [mutant] work in
      try body(mutant.map { MutantWorkerUnit(inner: work, mutant: $0) } ?? work)
    }
  }

  private func check(_ operation: String) throws {
    let (isClosed, isFailing) = state.withLock { ($0.isClosed, $0.isFailing) }
    if isClosed { throw StorageError(.closed, operation: operation, subject: "the store") }
    if isFailing { throw Self.failure }
  }

  /// Refuses all later calls; what was submitted fails when it is run.
  func close() { state.withLock { $0.isClosed = true } }

  /// What the store holds, also after it was closed.
  func contents<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R {
    try inner.read(body)
  }

  fileprivate static let failure = StorageError(
    .inputOutput, operation: "writing", subject: "the store", reason: "as planned")
}

/// A unit of work that cannot change a plan.
private struct BrokenUnit: UnitOfWorkDecorator {
  let inner: any UnitOfWork

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    throw ScheduledStore.failure
  }
}
