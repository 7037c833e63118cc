@testable import PlanStorage
import TestSupport
import TestTraits
import Testing

// Protection 1. A table that is read and filled in two steps opens an engine twice: the second test
// runs the same race over such a table and finds it by the same count.
@Suite("The engine registry", .dedicatedThread)
struct EngineRegistryTests {
  final class Engine: Sendable {}

  /// How many engines 64 threads came to hold when all of them asked for one key at once, and how
  /// often the opener ran.
  static func raceForOne(
    _ acquire: @escaping @Sendable (_ open: () -> Engine) throws -> Engine
  ) throws -> (engines: Int, openings: Int) {
    let openings = Locked(0)
    let held = try race(64) { _ in
      outcome {
        try acquire {
          openings.withLock { $0 += 1 }
          return Engine()
        }
      }
    }
    let engines = Set(held.compactMap { try? ObjectIdentifier($0.get()) })
    return (held.count == 64 ? engines.count : 0, openings.withLock { $0 })
  }

  // A thousand times over in the long form.
  @Test("gives 64 threads that race for one key one engine, opened once, 200 times over")
  func firstOpen() throws {
    for round in 0..<Rounds.scaled(200, long: 1_000) {
      let registry = EngineRegistry<Int, Engine>()
      let leases = Locked([EngineLease<Engine>]())
      let (engines, openings) = try Self.raceForOne { open in
        let lease = try registry.lease(1, open: open)
        leases.withLock { $0.append(lease) }
        return lease.engine
      }
      guard engines == 1, openings == 1 else {
        Issue.record("round \(round): \(engines) engines, \(openings) openings")
        return
      }
    }
  }

  @Test("is needed: a table that is read and filled in two steps opens an engine twice")
  func tableInTwoSteps() throws {
    let table = Locked([Int: Engine]())
    // Holds every thread between the two steps, as an unlucky scheduler would.
    let line = StartBarrier(64)
    let (engines, openings) = try Self.raceForOne { open in
      let known = table.withLock { $0[1] }
      try line.wait()
      if let known { return known }
      let engine = open()
      table.withLock { $0[1] = engine }
      return engine
    }
    #expect(engines > 1 && openings > 1)
  }

  @Test("throws a failed opening to all callers that waited for it, and opens again for the next")
  func failedOpenings() throws {
    struct Refused: Error, Equatable { let attempt: Int }
    let registry = EngineRegistry<String, Engine>()
    for attempt in 1...8 {
      #expect(throws: Refused(attempt: attempt)) {
        try registry.lease("a") { throw Refused(attempt: attempt) }
      }
    }
    let begun = StartBarrier(2)
    let waiter = Locked<(any Error)?>(nil)
    let thread = DedicatedThread {
      try begun.wait()
      do { _ = try registry.lease("a") { Engine() } } catch {
        waiter.withLock { $0 = error }
      }
    }
    #expect(throws: Refused(attempt: 9)) {
      try registry.lease("a") {
        try begun.wait()
        // Long enough for the other thread to be waiting in nearly every run; both outcomes of
        // this race are right, and are checked below.
        try DedicatedThread { for _ in 0..<1_000 { _ = Engine() } }.join()
        throw Refused(attempt: 9)
      }
    }
    try thread.join()
    let error = waiter.withLock { $0 }
    #expect(error == nil || error as? Refused == Refused(attempt: 9))
    #expect(try registry.lease("a") { Engine() }.engine !== Engine())
  }

  @Test("does not let a slow opening of one key delay another")
  func slowOpening() throws {
    let registry = EngineRegistry<String, Engine>()
    let (slowBegan, otherDone) = (StartBarrier(2), StartBarrier(2))
    let slow = DedicatedThread {
      _ = try? registry.lease("slow") {
        try slowBegan.wait()
        try otherDone.wait()
        return Engine()
      }
    }
    try slowBegan.wait()
    // Would never return if the registry were locked while it opens.
    _ = try registry.lease("other") { Engine() }
    try otherDone.wait()
    try slow.join()
  }

  @Test("refuses an opener that asks for its own key, instead of waiting for itself")
  func ownKey() throws {
    let registry = EngineRegistry<String, Engine>()
    #expect {
      try registry.lease("a") { try registry.lease("a") { Engine() }.engine }
    } throws: { ($0 as? StorageError)?.code == .conflictingOpen }
    _ = try registry.lease("a") { Engine() }
  }

  @Test("closes with the last lease, and never has two live engines for one key")
  func churn() throws {
    let registry = EngineRegistry<Int, Engine>()
    let live = Locked((now: 0, most: 0))
    let outcomes = try race(8) { _ in
      outcome {
        for _ in 0..<2_000 {
          let lease = try registry.lease(1) {
            live.withLock { live in
              live.now += 1
              live.most = max(live.most, live.now)
            }
            return Engine()
          } close: { _ in
            live.withLock { $0.now -= 1 }
          }
          lease.release()
          lease.release()
        }
      }
    }
    for outcome in outcomes { try outcome.get() }
    #expect(live.withLock { $0.most } == 1 && live.withLock { $0.now } == 0)
  }

  @Test("releases a lease that is dropped without a release")
  func forgottenLease() throws {
    let registry = EngineRegistry<Int, Engine>()
    let closed = Locked(0)
    do {
      _ = try registry.lease(1) {
        Engine()
      } close: { _ in
        closed.withLock { $0 += 1 }
      }
    }
    #expect(closed.withLock { $0 } == 1)
  }

  // Fails when the lease of a retired engine takes the one out that came after it.
  @Test("opens another engine once one is retired, and closes each with its own last lease")
  func retired() throws {
    let registry = EngineRegistry<Int, Engine>()
    let closed = Locked([ObjectIdentifier]())
    func lease() throws -> EngineLease<Engine> {
      try registry.lease(1) {
        Engine()
      } close: { engine in
        closed.withLock { $0.append(ObjectIdentifier(engine)) }
      }
    }
    let (first, second) = (try lease(), try lease())
    registry.retire(1) { $0 !== first.engine }
    #expect(try lease().engine === first.engine)
    registry.retire(1) { $0 === first.engine }
    let next = try lease()
    #expect(next.engine !== first.engine && second.engine === first.engine)
    first.release()
    #expect(closed.withLock { $0 }.isEmpty)
    second.release()
    #expect(closed.withLock { $0 } == [ObjectIdentifier(first.engine)])
    #expect(try lease().engine === next.engine)
    next.release()
    #expect(closed.withLock { $0 }.count == 2)
  }

  @Test("throws `forked` after a fork")
  func forked() throws {
    let registry = EngineRegistry<Int, Engine>(process: ForkGeneration.current.ofAChild)
    #expect { try registry.lease(1) { Engine() } } throws: {
      ($0 as? StorageError)?.code == .forked
    }
    #expect {
      _ = try registry.leaseIfOpen(1)
    } throws: {
      ($0 as? StorageError)?.code == .forked
    }
  }

  @Test("leases an open engine without opening one, and closes it with the last of its leases")
  func leaseIfOpen() throws {
    let registry = EngineRegistry<Int, Engine>()
    func isOpen() throws -> Bool {
      let lease = try registry.leaseIfOpen(1)
      lease?.release()
      return lease != nil
    }
    #expect(try !isOpen())
    let closings = Locked(0)
    let first = try registry.lease(1) {
      // One that is being opened is not open yet.
      let isOpenMeanwhile = try isOpen()
      #expect(!isOpenMeanwhile)
      return Engine()
    } close: { _ in
      closings.withLock { $0 += 1 }
    }
    let second = try #require(try registry.leaseIfOpen(1))
    #expect(second.engine === first.engine)
    first.release()
    #expect(closings.withLock { $0 } == 0)
    second.release()
    #expect(closings.withLock { $0 } == 1)
    #expect(try !isOpen())
  }
}
