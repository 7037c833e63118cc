import Synchronization

/// Runs programs, each in a process group and watched by a thread of its own.
struct ProgramRunner: Sendable {
  /// The stack of a watching thread, in bytes.
  var stackSize = 512 << 10

  /// Runs a program to its end.
  ///
  /// When the task is cancelled, the program is not started, or its whole group is ended: politely,
  /// then for certain. A program that leaves its group is out of reach.
  func run(_ invocation: ProgramInvocation) async -> ProgramEnding {
    let cancellation = Cancellation()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        do throws(StartError) {
          try WatchThread.start(stackSize: stackSize) {
            continuation.resume(returning: ProgramWatch.run(invocation, cancellation))
          }
        } catch {
          continuation.resume(returning: ProgramEnding(reason: .couldNotStart(error)))
        }
      }
    } onCancel: {
      cancellation.request()
    }
  }
}

/// Tells a watching thread that the program is no longer wanted.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  /// Whether it was asked for; once true, it stays true.
  var isRequested: Bool { flag.load(ordering: .acquiring) }

  func request() { flag.store(true, ordering: .releasing) }
}
