import PlanStorage
import TestSupport
import Testing

@Suite("The lock")
struct LockedTests {
  /// Under the thread sanitizer this fails with "Swift access race" where `Locked` is a bare
  /// `Mutex`: the sanitizer does not see it change hands.
  @Test("Threads that contend for the lock lose no change, and the thread sanitizer sees no race")
  func contention() throws {
    let guarded = Locked((total: 0, recent: [Int]()))
    let perThread = 4_000
    _ = try race(8) { _ in
      for _ in 0..<perThread {
        guarded.withLock { state in
          state.total += 1
          if state.recent.count == 64 { state.recent.removeAll() }
          state.recent.append(state.total)
        }
      }
    }
    #expect(guarded.withLock { $0.total } == 8 * perThread)
  }
}
