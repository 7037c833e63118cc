import Foundation
@testable import InMemoryStorage
import PlanStorage
import TestSupport
import Testing

@Suite("The reader-writer lock")
struct ReadWriteLockTests {
  /// Who is inside.
  final class Inside: Sendable {
    private let counts = Guarded<(readers: Int, writers: Int, wrong: Int)>((0, 0, 0))

    func read() {
      counts.withLock {
        $0.readers += 1; $0.wrong += $0.writers
      }
      counts.withLock { $0.readers -= 1 }
    }

    func write() {
      counts.withLock {
        $0.writers += 1; $0.wrong += $0.readers + $0.writers - 1
      }
      counts.withLock { $0.writers -= 1 }
    }

    var wrong: Int { counts.withLock { $0.wrong } }
  }

  @Test("lets readers in together, and a writer only alone")
  func exclusion() throws {
    let lock = ReadWriteLocked(Inside())
    let together = StartingLine(2)
    _ = race(2) { _ in outcome { try lock.read { _ in together.wait() } } }
    _ = race(6) { thread in
      outcome {
        for _ in 0..<3_000 {
          if thread < 4 {
            try lock.read { $0.read() }
          } else {
            try lock.write { $0.write() }
          }
        }
      }
    }
    #expect(try lock.read { $0.wrong } == 0)
  }

  /// What a lock may guard.
  final class Number {
    var value: Int
    init(_ value: Int) { self.value = value }
  }

  // The longest of several waits for the lock by one thread while four others never let go of it
  // for long. Take the gate out of `acquire` and readers keep the writer waiting for seconds.
  static func longestWait(
    samples: Int, saturate: @escaping @Sendable (ReadWriteLocked<Number>) throws -> Void,
    wait: (ReadWriteLocked<Number>) throws -> Void
  ) throws -> [Duration] {
    let lock = ReadWriteLocked(Number(0))
    let isOver = Guarded(false)
    let running = StartingLine(5)
    let threads = (0..<4).map { _ in
      OwnThread {
        running.wait()
        while !isOver.withLock({ $0 }) { try? saturate(lock) }
      }
    }
    running.wait()
    let clock = ContinuousClock()
    let waits = try (0..<samples).map { _ in try clock.measure { try wait(lock) } }
    isOver.withLock { $0 = true }
    for thread in threads { thread.join() }
    return waits.sorted()
  }

  static func work(_ value: Int) -> Int { (0..<200).reduce(value) { $0 &+ $1 } }

  // 20 ms is the promise. Noise only ever lengthens a wait: other tests and other programs take
  // threads off the processors for longer than that, which is no fault of the lock. So one series
  // that keeps the promise in all but two of its two hundred waits, and never waits for a second,
  // shows that the lock can; a lock that starves anyone keeps it in none.
  static func keepsThePromise(_ series: () throws -> [Duration]) throws -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    repeat {
      let waits = try series()
      if waits[197] <= .milliseconds(20), waits[199] < .seconds(1) { return true }
      print("the longest waits of a series: \(waits.suffix(3))")
    } while ContinuousClock.now < end
    return false
  }

  @Test("delays a writer by at most 20 ms while readers saturate it")
  func readersDoNotStarveWriters() throws {
    #expect(
      try Self.keepsThePromise {
        try Self.longestWait(samples: 200) { lock in
          _ = try lock.read { Self.work($0.value) }
        } wait: { lock in
          try lock.write { $0.value += 1 }
        }
      })
  }

  @Test("delays a reader by at most 20 ms while writers saturate it")
  func writersDoNotStarveReaders() throws {
    #expect(
      try Self.keepsThePromise {
        try Self.longestWait(samples: 200) { lock in
          try lock.write { $0.value = Self.work($0.value) }
        } wait: { lock in
          _ = try lock.read { $0.value }
        }
      })
  }

  // Take the ticket out of the gate, or let newcomers try while others queue, and the order is
  // whatever the scheduler makes of it.
  @Test("lets those who wait in as they came, readers and writers alike", arguments: 1...20)
  func order(round: Int) throws {
    let lock = ReadWriteLocked(Number(0))
    let order = Guarded([Int]())
    var threads: [OwnThread] = []
    try lock.write { _ in
      for number in 0..<6 {
        threads.append(
          OwnThread {
            // A reader among readers would get in beside them, in any order: so a writer each
            // second time.
            if number % 2 == 0 {
              try? lock.write { _ in order.withLock { $0.append(number) } }
            } else {
              try? lock.read { _ in order.withLock { $0.append(number) } }
            }
          })
        while lock.waiting < number + 1 { usleep(200) }
      }
    }
    for thread in threads { thread.join() }
    #expect(order.withLock { $0 } == Array(0..<6))
  }

  @Test("refuses a thread that has it already, and lets different locks nest")
  func nesting() throws {
    let (lock, other) = (ReadWriteLocked(Number(1)), ReadWriteLocked(Number(2)))
    func isNested(_ error: any Error) -> Bool {
      (error as? StorageError)?.code == .nestedUnitOfWork
    }
    #expect { try lock.read { _ in try lock.read { $0.value } } } throws: { isNested($0) }
    #expect { try lock.read { _ in try lock.write { $0.value } } } throws: { isNested($0) }
    #expect { try lock.write { _ in try lock.read { $0.value } } } throws: { isNested($0) }
    #expect { try lock.write { _ in try lock.write { $0.value } } } throws: { isNested($0) }
    #expect {
      try lock.read { _ in try other.write { _ in try lock.read { $0.value } } }
    } throws: { isNested($0) }
    #expect(try lock.read { one in try other.write { one.value + $0.value } } == 3)
    #expect(try lock.write { $0.value } == 1)
  }
}
