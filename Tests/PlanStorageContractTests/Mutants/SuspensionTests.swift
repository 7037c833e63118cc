import Foundation
import InMemoryStorage
import PlanDomain
import PlanStorage
import PlanStorageContract
import TestSupport
import TestTraits
import Testing

/// The in-memory store, which does one thing wrong when it is suspended.
final class MutantSuspender: Suspendable {
  enum Mutant: String, CaseIterable {
    case ignoresSuspension, suspendsItselfOnly, losesContents, staysSuspended, countsSuspensions
    case resumesSilently, allowsNesting, suspendsAtOnce, commitsLate, acknowledgesRefusals

    /// The case that must fail.
    var caseID: String {
      switch self {
      case .ignoresSuspension, .suspendsItselfOnly: "suspend.refuses"
      case .losesContents, .staysSuspended: "suspend.keeps-contents"
      case .countsSuspensions: "suspend.not-counted"
      case .resumesSilently: "suspend.on-resume"
      case .allowsNesting: "suspend.misuse"
      case .suspendsAtOnce: "suspend.waits"
      case .commitsLate: "suspend.rolls-back"
      case .acknowledgesRefusals: "suspend.under-load"
      }
    }
  }

  /// What the engines of one store share.
  final class Core: Sendable {
    let name = UUID().uuidString
    let suspension = Suspension()
    let count = Locked(0)
  }

  let traits: StorageTraits
  let notifier: CommitNotifier
  private let inner: InMemoryStore
  private let core: Core
  private let mutant: Mutant
  private let isSuspended = Locked(false)

  init(_ core: Core, _ mutant: Mutant) throws {
    inner = try InMemoryEngineRegistry.shared.open(core.name)
    self.core = core
    self.mutant = mutant
    traits = inner.traits
    notifier = inner.notifier
  }

  var suspension: Suspension {
    let hasOwn = [.ignoresSuspension, .suspendsItselfOnly, .resumesSilently].contains(mutant)
    return hasOwn ? core.suspension : inner.suspension
  }

  func suspend(_ calls: SuspendedCalls, within limit: Duration) throws {
    switch mutant {
    case .ignoresSuspension: core.suspension.begin(calls)
    case .suspendsItselfOnly:
      core.suspension.begin(calls)
      isSuspended.withLock { $0 = true }
    case .countsSuspensions:
      core.count.withLock { $0 += 1 }
      try inner.suspend(calls, within: limit)
    case .resumesSilently:
      core.suspension.begin(calls)
      try inner.suspend(calls, within: limit)
    case .allowsNesting:
      do { try inner.suspend(calls, within: limit) } catch StorageError.Code.nestedUnitOfWork {}
    case .suspendsAtOnce, .commitsLate:
      let isDone = Latch<Void>()
      _ = DedicatedThread { [inner] in
        try? inner.suspend(calls, within: TimeoutError.limit)
        isDone.open(with: ())
      }
      _ = isDone.wait(atMost: mutant == .commitsLate ? limit : .zero)
    case .losesContents, .staysSuspended, .acknowledgesRefusals:
      try inner.suspend(calls, within: limit)
    }
  }

  func resume() throws {
    let mayResume = core.count.withLock { count in
      count = max(0, count - 1)
      return count == 0
    }
    isSuspended.withLock { $0 = false }
    if mutant == .staysSuspended || !mayResume { return }
    do { try inner.resume() } catch StorageError.Code.nestedUnitOfWork
      where mutant == .allowsNesting
    {}
    guard mutant == .losesContents else { return }
    try inner.write { work in
      let roots = try work.plans(matching: PlanQuery()).rows.filter {
        $0.definition.position == nil
      }
      for root in roots { _ = try work.removeTree(root.id) }
    }
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try checkOwn()
    try inner.read(body)
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try checkOwn()
    do { try inner.write(body) } catch StorageError.Code.suspended
      where mutant == .acknowledgesRefusals
    {}
  }

  func close() throws(StorageError) { try inner.close() }

  private func checkOwn() throws {
    if isSuspended.withLock({ $0 }) {
      throw StorageError(.suspended, operation: "using", subject: "a mutant store")
    }
  }
}

@Suite("The contract of suspensions", .dedicatedThread)
struct SuspensionTests {
  @Test(
    "fails a mutant in the case that is meant for it", arguments: MutantSuspender.Mutant.allCases)
  func mutants(_ mutant: MutantSuspender.Mutant) throws {
    let harness = StorageHarness(name: mutant.rawValue, traits: Adapters.memory.traits) {
      let core = MutantSuspender.Core()
      return FreshStore(BackendFactory.make(mutant.rawValue) { try MutantSuspender(core, mutant) })
    }
    let report = StorageContract.verify(
      harness, seed: Adapters.seed, only: { $0 == mutant.caseID })
    #expect(report.violations.map(\.caseID) == [mutant.caseID], "\(report.table)")
  }

  @Test("is skipped for a store that cannot be suspended")
  func none() {
    let harness = StorageHarness(name: "plain", traits: Adapters.memory.traits) {
      let fresh = try Adapters.memory.fresh()
      return FreshStore(
        BackendFactory.make("plain") { FaultyEngine(try fresh.backend.open(), .none) })
    }
    let report = StorageContract.verify(harness, only: { $0.hasPrefix("suspend.") })
    #expect(report.holds && report.table.contains("skipped  the store cannot be suspended"))
  }
}
