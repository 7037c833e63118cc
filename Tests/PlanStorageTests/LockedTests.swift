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

  @Test("What can be left out does not wait for a lock that another thread holds")
  func occupied() throws {
    let guarded = Locked(0)
    let (isHeld, mayRelease) = (Latch<Void>(), Latch<Void>())
    // In threads: a lock that is held must not be asked by its holder.
    let answers = try race(2) { index -> Int? in
      if index == 0 {
        guarded.withLock { value in
          value = 1
          isHeld.open(with: ())
          mayRelease.wait()
        }
        return guarded.withLockIfFree { $0 }
      }
      isHeld.wait()
      defer { mayRelease.open(with: ()) }
      return guarded.withLockIfFree { $0 }
    }
    #expect(answers == [1, nil])
  }
}
