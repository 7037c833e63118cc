/// How a program ended, and what it wrote.
struct ProgramEnding: Sendable {
  /// Why a program ended.
  enum Reason: Hashable, Sendable {
    /// The program exited with this status.
    case exited(Int32)
    /// A signal ended the program that its monitor did not send.
    case signalled(Int32)
    /// The monitor ended the program after its timeout.
    case timedOut
    /// The monitor ended the program because it wrote more than `outputLimit` bytes.
    case outputTooLarge
    /// The task was cancelled: the program was ended or not started.
    case cancelled
    /// The program could not be started.
    case couldNotStart(StartError)
  }

  var reason: Reason
  /// All bytes of its standard output; empty when these were too many.
  var output: [UInt8] = []
  /// The maximum number of bytes of `errorTail`: 16 KiB.
  static let longestErrorTail = 16 << 10

  /// The last bytes of its standard error.
  var errorTail: [UInt8] = []
}
