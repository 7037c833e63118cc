import Foundation
import InMemoryStorage
import PlanDomain
import PlanStorage
import PlanStorageContract
import TestSupport

/// The in-memory store, with one mistake.
final class MutantEngine: ReadMeasuring {
  let traits: StorageTraits
  let notifier: CommitNotifier
  private let inner: any StorageEngine
  private let core: MutantCore
  private let mutant: Mutant
  private let isClosed = Locked(false)

  init(_ core: MutantCore, _ mutant: Mutant) throws {
    self.core = core
    self.mutant = mutant
    inner =
      mutant == .pagesAreNewer
      ? core.unlocked : try StorageBackend.inMemory(named: core.name).open()
    traits = StorageTraits(
      latency: .inline, isDurable: mutant == .promisesTooMuch || mutant.isDurable,
      isSharedBetweenProcesses: false)
    notifier = mutant == .sharesNothing ? CommitNotifier() : inner.notifier
    if mutant == .startsWithSamples {
      let sample = try Sample.action("kit/first-steps")
      try inner.write { try $0.insert(sample) }
    }
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try checkOpen()
    core.reads.withLock { $0 += 1 }
    switch mutant {
    case .hasNoLock, .readsDirtily, .letsReadsWrite: return try body(AutocommitSession(inner))
    case .starvesReaders:
      waitForPause(in: core.writes)
      return try inner.read(body)
    case .wrapsErrors:
      do { return try inner.read(body) } catch {
        throw error as? StorageError
          ?? StorageError(.inputOutput, operation: "reading", subject: "\(error)")
      }
    case .allowsNesting:
      do { return try inner.read(body) } catch let error as StorageError
        where error.code == .nestedUnitOfWork
      { return try body(AutocommitSession(inner)) }
    case .letsSessionsLive, .pagesAreNewer:
      return try inner.read { try body(MutantSession($0, mutant, core, otherwise: self.inner)) }
    default: return try inner.read { try body(MutantSession($0, mutant, core)) }
    }
  }

  func measuringReads(_ body: @Sendable (any ReadSession) throws -> Void) throws -> Int {
    guard let inner = inner as? any ReadMeasuring else {
      throw StorageError(.inputOutput, operation: "measuring", subject: "a mutant store")
    }
    return try inner.measuringReads { try body(MutantSession($0, self.mutant, self.core)) }
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try checkOpen()
    core.writes.withLock { $0 += 1 }
    switch mutant {
    case .hasNoLock: return try body(AutocommitSession(inner))
    case .readsDirtily: return try core.writers.withLock { _ in try body(AutocommitSession(inner)) }
    case .keepsWhatWasThrown:
      return try inner.write { work in
        Result { try body(MutantSession(work, self.mutant, self.core)) }
      }
      .get()
    case .runsBodiesTwice:
      do { return try inner.write(body) } catch { return try inner.write(body) }
    case .starvesWriters:
      waitForPause(in: core.reads)
      return try inner.write(body)
    case .claimsTwice:
      // What is ready is looked up before the unit of work begins.
      let actor = try Fixture.actor()
      let ready = try inner.read {
        try $0.readyPlans(for: [actor], at: Timestamp(microseconds: .max), limit: .max)
      }
      return try inner.write { work in
        try body(MutantSession(work, self.mutant, self.core, ready: ready))
      }
    case .letsSessionsLive:
      return try inner.write { work in
        try body(MutantSession(work, self.mutant, self.core, otherwise: self.inner))
      }
    default:
      return try inner.write { work in
        self.core.state.withLock { ($0.appendedInUnit, $0.isAborted) = (0, false) }
        try body(MutantSession(work, self.mutant, self.core))
      }
    }
  }

  func close() throws(StorageError) {
    if mutant == .staysOpen { return }
    let wasClosed = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return isClosed
    }
    if mutant == .closesOnce, wasClosed {
      throw StorageError(.closed, operation: "closing", subject: "a mutant store")
    }
    if mutant != .closesAtOnce { try inner.close() }
  }

  /// Waits until these calls have paused, for longer than a busy machine keeps all callers waiting.
  private func waitForPause(in calls: borrowing Locked<Int>) {
    var (seen, quiet) = (-1, 0)
    while quiet < 15 {
      let count = calls.withLock { $0 }
      quiet = count == seen ? quiet + 1 : 0
      seen = count
      usleep(20_000)
    }
  }

  private func checkOpen() throws {
    if isClosed.withLock({ $0 }) {
      throw StorageError(.closed, operation: "using", subject: "a mutant store")
    }
  }
}

extension Mutant {
  /// Whether stores with this mistake say that they are durable, and that one may rely on it.
  fileprivate var isDurable: Bool { self == .forgetsOnClose || self == .hasNoCrashProgram }

  /// Which event of a unit of work the feed loses.
  var lostOfUnit: Int? {
    switch self {
    case .losesFourthOfUnit: 4
    case .losesEighthOfUnit: 8
    case .losesTwelfthOfUnit: 12
    default: nil
    }
  }

  /// Stores with this mistake.
  var harness: StorageHarness {
    let only = MutantCore()
    return StorageHarness(
      name: rawValue,
      traits: StorageTraits(
        latency: .inline, isDurable: isDurable, isSharedBetweenProcesses: false)
    ) {
      let core = self == .mixesStores ? only : MutantCore()
      return FreshStore(
        BackendFactory.make(rawValue) {
          try MutantEngine(self == .opensOwnStore ? MutantCore() : core, self)
        })
    }
  }
}
