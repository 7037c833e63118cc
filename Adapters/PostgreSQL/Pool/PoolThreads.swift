import PlanStorage

/// Threads that run the tasks of one pool, each one task at a time.
///
/// A thread is started when a task comes and no other thread is free; the pool's connections bound
/// the tasks, and so the threads. A thread without a task ends after a while. Safe to use from any
/// thread.
final class PoolThreads: Sendable {
  typealias Task = @Sendable () -> Void

  private struct State: Sendable {
    /// The threads without a task, by the latches on which they wait for one; nil ends a thread.
    var free: [Latch<Task?>] = []
    var count = 0
    var isClosed = false
    /// Opened when the last thread ends.
    var empty: Latch<Void>?
  }

  private let state = Locked(State())
  private let idleLimit: Duration

  init(idleLimit: Duration = .seconds(30)) { self.idleLimit = idleLimit }

  /// The number of threads.
  var count: Int { state.withLock { $0.count } }

  /// Runs the task on a thread of its own; returns false, without running it, when none can be
  /// started.
  func run(_ task: @escaping Task) -> Bool {
    let free: Latch<Task?>? = state.withLock { state in
      if let free = state.free.popLast() { return free }
      state.count += 1
      return nil
    }
    if let free {
      free.open(with: task)
      return true
    }
    // Taken out by the thread, which would hold it to its end otherwise.
    let first = Locked<Task?>(task)
    if DetachedThread.start({ [self] in work(first) }) { return true }
    end()
    return false
  }

  /// Waits until all tasks have returned, and ends all threads.
  ///
  /// Idempotent.
  func close() {
    let empty = Latch<Void>()
    let free = state.withLock { state in
      state.isClosed = true
      if state.count == 0 { empty.open(with: ()) } else { state.empty = empty }
      defer { state.free = [] }
      return state.free
    }
    for latch in free { latch.open(with: nil) }
    empty.wait()
  }

  private func work(_ first: borrowing Locked<Task?>) {
    first.withLock { $0.take() }?()
    while let task = nextTask() { task() }
    end()
  }

  private func nextTask() -> Task? {
    let latch = Latch<Task?>()
    let isClosed = state.withLock { state in
      if !state.isClosed { state.free.append(latch) }
      return state.isClosed
    }
    if isClosed { return nil }
    if let task = latch.wait(atMost: idleLimit) { return task }
    // A task may have been given while the wait ended.
    let isFree = state.withLock { state in
      guard let index = state.free.firstIndex(where: { $0 === latch }) else { return false }
      state.free.remove(at: index)
      return true
    }
    return isFree ? nil : latch.wait()
  }

  private func end() {
    let empty: Latch<Void>? = state.withLock { state in
      state.count -= 1
      return state.count == 0 ? state.empty : nil
    }
    empty?.open(with: ())
  }
}
