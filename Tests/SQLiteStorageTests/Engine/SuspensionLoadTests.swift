import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("Suspending a SQLite store under load", .dedicatedThread)
struct SuspensionLoadTests {
  /// The numbers of the pairs whose callers were told of success.
  final class Acknowledged: Sendable {
    private let numbers = Locked(Set<UInt64>())
    var all: Set<UInt64> { numbers.withLock { $0 } }
    func insert(_ number: UInt64) { numbers.withLock { _ = $0.insert(number) } }
  }

  /// Writes, submits and reads until it is over; only `suspended` may be thrown.
  private static func load(
    _ fixture: SuspensionTests.SuspensionFixture, _ acknowledged: Acknowledged,
    until isOver: @escaping @Sendable () -> Bool
  ) -> [DedicatedThread] {
    let (store, action) = (fixture.store, fixture.action)
    let writers = (1...3 as ClosedRange<UInt64>).map { thread in
      DedicatedThread {
        var number = thread * 10_000_000
        while !isOver() {
          number += 1
          do {
            try AtomicPairs.store(number, in: store, action)
            acknowledged.insert(number)
          } catch StorageError.Code.suspended { usleep(100) }
        }
      }
    }
    let submitter = DedicatedThread {
      var number: UInt64 = 50_000_000
      while !isOver() {
        let first = number
        let answers = Locked(0)
        number += 20
        let failure = Locked<(any Error)?>(nil)
        for pair in first..<number {
          _ = store.submit { (work: any UnitOfWork) throws -> Void in
            try AtomicPairs.pair(pair, in: work, action)
          } completion: { result in
            switch result {
            case .success: acknowledged.insert(pair)
            case .failure(StorageError.Code.suspended): break
            case .failure(let error): failure.withLock { $0 = error }
            }
            answers.withLock { $0 += 1 }
          }
        }
        try blockUntil("the answers to submissions") { answers.withLock { $0 } == 20 }
        if let error = failure.withLock({ $0 }) { throw error }
      }
    }
    let reader = DedicatedThread {
      while !isOver() {
        do {
          let count = try fixture.count()
          guard count.isMultiple(of: 2) else { throw TestError() }
        } catch StorageError.Code.suspended { usleep(100) }
      }
    }
    return writers + [submitter, reader]
  }

  // A thousand times in the long form.
  @Test("loses nothing that was acknowledged, at whatever moment", arguments: [true, false])
  func moments(isFull: Bool) throws {
    let fixture = try SuspensionTests.SuspensionFixture(isFull ? .standard : .quick)
    var random = SeededGenerator.announced()
    let acknowledged = Acknowledged()
    let isOver = Locked(false)
    acknowledged.insert(0)
    let threads = Self.load(fixture, acknowledged) { isOver.withLock { $0 } }
    let limits = [Duration.zero, .microseconds(300), .milliseconds(5), TimeoutError.limit]
    for _ in 0..<Rounds.scaled(40, long: 500) {
      usleep(UInt32.random(in: 0...8_000, using: &random))
      try fixture.suspend(within: limits.randomElement(using: &random) ?? .zero)
      try fixture.expectNothingHeld()
      usleep(UInt32.random(in: 0...500, using: &random))
      try fixture.resume()
    }
    isOver.withLock { $0 = true }
    for thread in threads { try thread.join() }
    #expect(try fixture.store.integrityCheck().isSound)
    // All pages: the test compares every pair.
    var (stored, after) = (Set<UInt64>(), PlanCursor?.none)
    repeat {
      let (rows, next) = try fixture.store.read { [after] session in
        let page = try session.plans(
          matching: PlanQuery(order: .oldestFirst, limit: .largest, after: after))
        return (page.rows, page.next)
      }
      stored.formUnion(rows.map(\.id.ulid.low))
      after = next
    } while after != nil
    let pairs = Set(stored.map { $0 / 2 })
    #expect(stored.count == 2 * pairs.count, "half a unit of work is stored")
    #expect(acknowledged.all.subtracting(pairs).sorted() == [], "acknowledged and lost")
    #expect(pairs.subtracting(acknowledged.all).sorted() == [], "stored and not acknowledged")
    #expect(acknowledged.all.count > 1)
    try fixture.store.close()
  }
}
