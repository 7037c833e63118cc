import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("A store that is never closed", .dedicatedThread)
struct EngineReleaseTests {
  @Test("is closed with its last reference, after the units of work that had queued")
  func letGo() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let closings = Locked(0)
    var probes = SQLiteEngine.Probes()
    probes.afterClosing = { closings.withLock { $0 += 1 } }
    let registry = SQLiteEngineRegistry(probes: probes)
    var store: SQLiteStore? = try registry.open(path, .quick)
    let action = try store.map { try AtomicPairs.action(in: $0) }
    let done = Locked(0)
    for number in 0..<50 as Range<UInt64> {
      guard let action else { break }
      _ = store?.submit { (work: any UnitOfWork) throws -> Void in
        try work.store(Fixture.plan(number, of: action))
      } completion: { result in
        if (try? result.get()) != nil { done.withLock { $0 += 1 } }
      }
    }
    store = nil
    #expect(closings.withLock { $0 } == 1)
    #expect(done.withLock { $0 } == 50)
  }

  @Test("may lose its last reference inside a body, which ends first")
  func letGoInside() throws {
    let directory = try ScratchDirectory()
    let closings = Locked(0)
    var probes = SQLiteEngine.Probes()
    probes.afterClosing = { closings.withLock { $0 += 1 } }
    let registry = SQLiteEngineRegistry(probes: probes)
    let holder = Holder(try registry.open(directory.path("plans.db"), .quick))
    let count = Locked<Int?>(nil)
    try holder.engine?.write { work in
      holder.letGo()
      let total = try work.counts(in: .all).total
      count.withLock { $0 = total }
    }
    #expect(count.withLock { $0 } == 0)
    try blockUntil("the engine to close") { closings.withLock { $0 } == 1 }
  }

  /// The only one who holds a store.
  final class Holder: Sendable {
    private let store: Locked<SQLiteStore?>
    init(_ store: SQLiteStore) { self.store = Locked(store) }
    var engine: SQLiteEngine? { store.withLock { $0?.engine } }
    func letGo() {
      let store = store.withLock { store in
        defer { store = nil }
        return store
      }
      withExtendedLifetime(store) {}
    }
  }
}
