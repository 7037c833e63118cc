/// One run of a program: what to start and what to give it.
struct ProgramInvocation: Sendable {
  /// The program, looked up along the PATH of its environment, and its arguments; never seen by
  /// a shell.
  var command: [String]
  /// The whole environment.
  var environment: [String: String]
  /// What stands on its standard input.
  var input: [UInt8] = []
  /// How long it may run.
  var timeout: Duration
  /// How long its group has to end after it was asked to, before it is made to.
  var politeness: Duration = .seconds(5)
  /// The most bytes that it may write to its standard output: a document and some white space.
  var outputLimit = 17 << 20
}

/// How a program ended, and what it wrote.
struct ProgramEnding: Sendable {
  /// The ways to end.
  enum Reason: Hashable, Sendable {
    /// It ended by itself, with this status.
    case exited(Int32)
    /// A signal that nobody here sent ended it.
    case signalled(Int32)
    /// It was ended because its time was over.
    case timedOut
    /// It was ended because it wrote more to its standard output than it may.
    case outputTooLarge
    /// It was ended, or not started at all, because the task was cancelled.
    case cancelled
    case couldNotStart(StartError)
  }

  var reason: Reason
  /// Everything on its standard output; empty when that was too large.
  var output: [UInt8] = []
  /// The end of what it wrote to standard error, at most 8 KiB.
  var errorTail: [UInt8] = []
}
