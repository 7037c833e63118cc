import PlanStorageContract
import TestSupport
import Testing

@testable import PlanLifecycle

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite("Calls that may block", .timeLimit(.minutes(30)))
struct BlockingExecutorTests {
  private static var thread: String { "\(pthread_self())" }

  // On Linux, concurrent queues of Dispatch share these threads: with two calls that block, all tasks
  // of a process with two processors stop.
  @Test("do not run on the threads that run tasks")
  func threads() async throws {
    let executor = BlockingExecutor()
    let ofTasks = await withTaskGroup(of: String.self) { group in
      for _ in 0..<200 {
        group.addTask {
          await Task.yield()
          return Self.thread
        }
      }
      return await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    var ofCalls: Set<String> = []
    for _ in 0..<200 { ofCalls.insert(try await executor.run { Self.thread }) }
    #expect(!ofCalls.isEmpty && ofCalls.isDisjoint(with: ofTasks))
    // One after the other, they use one thread again and again.
    #expect(ofCalls.count < 20)
  }

  @Test("run side by side, more of them than processors, and those that find no thread later")
  func sideBySide() async throws {
    let executor = BlockingExecutor()
    let barrier = StartBarrier(40)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<40 { group.addTask { try await executor.run { try barrier.wait() } } }
      try await group.waitForAll()
    }
    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<10_000 { group.addTask { try await executor.run { number } } }
      return try await group.reduce(0, +)
    }
    #expect(sum == 9_999 * 10_000 / 2)
  }

  @Test("return the error that they throw")
  func errors() async {
    struct Failure: Error {}
    await #expect(throws: Failure.self) { try await BlockingExecutor().run { throw Failure() } }
  }

  // Remove the nil that is set before a call leaves the queue, and the call stays in its memory.
  @Test("are forgotten once they have returned, although their thread waits for the next one")
  func forgotten() async throws {
    final class Held: Sendable {}
    let executor = BlockingExecutor()
    weak var held: Held?
    do {
      let object = Held()
      held = object
      try await executor.run { _ = object }
    }
    try await waitUntil("the call to be forgotten") { held == nil }
  }
}
