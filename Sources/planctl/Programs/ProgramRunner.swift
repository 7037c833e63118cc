/// Runs programs, each in its own process group and monitored by its own thread.
struct ProgramRunner: Sendable {
  /// Ends the programs if this process ends before them.
  let reaper: Reaper
  /// The stack size of a monitoring thread, in bytes.
  var stackSize = 512 << 10

  /// Runs a program to its end.
  ///
  /// When the task is cancelled before the start, the program is not started. Later, its process
  /// group receives SIGTERM and, after the grace period, SIGKILL. A process that has left the group
  /// is not ended.
  func run(_ invocation: ProgramInvocation) async -> ProgramEnding {
    let cancellation = Cancellation()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        do throws(StartError) {
          try MonitorThread.start(stackSize: stackSize) { [reaper] in
            continuation.resume(returning: ProgramMonitor.run(invocation, cancellation, reaper))
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
