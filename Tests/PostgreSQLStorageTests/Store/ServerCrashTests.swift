import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "A server that is killed again and again", .enabled(if: PostgreSQLInstallation.isFound),
  .dedicatedThread)
struct ServerCrashTests {
  private struct Outcomes: Sendable {
    var acknowledged: Set<Plan.ID> = []
    /// Those with the error `outcomeUnknown`.
    var unknown: Set<Plan.ID> = []
    var isOver = false
  }

  // Take the token of a unit of work out of its transaction, and what was committed is done twice,
  // which fails as a duplicate. With `synchronous_commit = off`, what was acknowledged is lost.
  @Test("has all that was acknowledged, nothing that was refused, and nothing by half")
  func crashes() throws {
    var random = SeededGenerator.announced()
    var options = PostgreSQLTestServer.Options()
    options.syncsToDisk = true
    let server = try PostgreSQLTestServer(options)
    defer { server.close() }
    let fixture = try StoreFixture(server)
    let outcomes = Locked(Outcomes())
    let pauses = (0..<Rounds.scaled(5, long: 20)).map { _ in Int.random(in: 1...60, using: &random)
    }
    let threads = 8
    let results = try race(threads + 1) { thread in
      Result<Void, any Error> {
        if thread < threads {
          try Self.storePlans(thread, fixture, outcomes)
        } else {
          defer { outcomes.withLock { $0.isOver = true } }
          for plans in pauses {
            let least = outcomes.withLock { $0.acknowledged.count } + plans
            try blockUntil("some more plans to be stored") {
              outcomes.withLock { $0.acknowledged.count } >= least
            }
            try server.restart(.immediate)
          }
        }
      }
    }
    for result in results { try result.get() }

    let found = outcomes.withLock { $0 }
    let (events, plans) = try fixture.store.read { session in
      let ids = try session.events(after: .start, limit: .max).map(\.event.plan)
      return (ids, try ids.count { try session.plan($0) != nil })
    }
    let stored = Set(events)
    #expect(stored.isSuperset(of: found.acknowledged))
    #expect(stored.subtracting(found.acknowledged).isSubset(of: found.unknown))
    #expect(events.count == stored.count && plans == stored.count)
    #expect(try fixture.store.read { try $0.counts(in: .all).total } == stored.count)
    try fixture.store.close()
  }

  /// Stores one plan after the other until the crashes are over.
  private static func storePlans(
    _ thread: Int, _ fixture: StoreFixture, _ outcomes: borrowing Locked<Outcomes>
  ) throws {
    var number = UInt64(thread) << 32
    while !outcomes.withLock({ $0.isOver }) {
      number += 1
      let made = Fixture.plan(number, of: fixture.action)
      do {
        try fixture.store.write { try $0.store(made) }
        outcomes.withLock { _ = $0.acknowledged.insert(made.plan.id) }
      } catch let error as StorageError where error.code == .outcomeUnknown {
        outcomes.withLock { _ = $0.unknown.insert(made.plan.id) }
      } catch let error as StorageError where error.isRetryable {
        continue
      }
    }
  }
}
