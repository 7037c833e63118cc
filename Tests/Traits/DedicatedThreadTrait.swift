import Dispatch
public import Testing

/// Gives tests one thread of their own, on which they run one after the other.
///
/// Swift Testing starts every test at once, and Swift's tasks share a thread for each core. A test
/// that computes for long, or waits for a lock, a thread or a process without `await`, would keep
/// such a thread from all the others. The tests of one use of this trait share one thread, so that
/// heavy cases do not get in each other's way either. They stay on their tasks: `#expect` works.
public struct DedicatedThreadTrait: SuiteTrait, TestTrait, TestScoping {
  private let executor = OneThreadExecutor()

  /// Whether the caller runs on such a thread.
  public static var isInUse: Bool { DispatchQueue.getSpecific(key: OneThreadExecutor.mark) != nil }

  /// Runs the test, or all tests of the suite, on the thread.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(executor) { try await function() }
  }
}

extension Trait where Self == DedicatedThreadTrait {
  /// One thread for what is marked with it, which nothing else waits for.
  public static var dedicatedThread: Self { Self() }
}

/// Runs tasks on a serial queue, which the system gives a thread whatever the pool does.
private final class OneThreadExecutor: TaskExecutor {
  static let mark = DispatchSpecificKey<Void>()
  private let queue = DispatchQueue(label: "a test's own thread")

  init() { queue.setSpecific(key: Self.mark, value: ()) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
