import Foundation
import PlanStorage

/// An executor that keeps the jobs of tasks until it is told which one to run.
final class JobQueue: TaskExecutor {
  private struct State: Sendable {
    var jobs: [UnownedJob] = []
    /// The number of jobs that were enqueued so far.
    var enqueued = 0
    var hasEscaped = false
  }
  private let thread = ObjectIdentifier(Thread.current)
  private let forgotten: Int?
  private let state = Locked(State())

  /// Creates a queue for jobs of this thread; it forgets the job with this number, the first is 1.
  init(forgetting forgotten: Int? = nil) { self.forgotten = forgotten }

  /// The number of jobs that can run.
  var count: Int { state.withLock { $0.jobs.count } }

  /// Whether another thread has enqueued a job, so that the order is not ours alone.
  var hasEscaped: Bool { state.withLock { $0.hasEscaped } }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isOwn = ObjectIdentifier(Thread.current) == thread
    state.withLock { state in
      state.enqueued += 1
      if !isOwn { state.hasEscaped = true }
      if state.enqueued != forgotten { state.jobs.append(job) }
    }
  }

  /// Runs a job until its task waits or ends, on the calling thread; jobs are in order of age.
  func run(_ index: Int) {
    let job = state.withLock { $0.jobs.remove(at: index) }
    job.runSynchronously(on: asUnownedTaskExecutor())
  }
}
