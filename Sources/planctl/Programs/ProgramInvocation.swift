/// One run of a program: its command, environment, input and limits.
struct ProgramInvocation: Sendable {
  /// The program, searched along the PATH of `environment`, and its arguments; no shell is used.
  var command: [String]
  /// The complete environment of the program.
  var environment: [String: String]
  /// The bytes on its standard input.
  var input: [UInt8] = []
  /// The time after which it must end.
  var timeout: Duration
  /// The time between SIGTERM and SIGKILL when the program must end.
  var gracePeriod: Duration = .seconds(5)
  /// How many bytes it may write to its standard output: a document of 16 MiB and white space.
  var outputLimit = 17 << 20
}
