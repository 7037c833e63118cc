import Foundation

@testable import planctl

extension ProgramInvocation {
  /// A program in a small environment, with time enough for a busy machine.
  static func sample(
    _ command: String..., environment: [String: String] = ["PATH": "/usr/bin:/bin"],
    input: [UInt8] = [], timeout: Duration = .seconds(3_600),
    gracePeriod: Duration = .seconds(3_600),
    outputLimit: Int = 17 << 20
  ) -> ProgramInvocation {
    ProgramInvocation(
      command: command, environment: environment, input: input, timeout: timeout,
      gracePeriod: gracePeriod, outputLimit: outputLimit)
  }

  /// A shell script with arguments.
  static func script(
    _ text: String, _ arguments: String..., input: [UInt8] = [],
    timeout: Duration = .seconds(3_600), gracePeriod: Duration = .seconds(3_600)
  ) -> ProgramInvocation {
    var invocation = sample(
      "sh", "-c", text, "sh", input: input, timeout: timeout, gracePeriod: gracePeriod)
    invocation.command += arguments
    return invocation
  }

  /// Runs it to its end.
  func run() async -> ProgramEnding {
    do throws(StartError) { return await ProgramRunner(reaper: try Reaper()).run(self) } catch {
      return ProgramEnding(reason: .couldNotStart(error))
    }
  }
}

extension ProgramEnding {
  /// Standard output as text.
  var text: String { String(decoding: output, as: UTF8.self) }
  /// The end of standard error as text.
  var errorText: String { String(decoding: errorTail, as: UTF8.self) }

  /// Why it could not be started, if it could not.
  var startError: StartError? {
    if case .couldNotStart(let error) = reason { error } else { nil }
  }
}

/// Whether a process runs; a process that has ended and was not reaped yet does not.
func isRunning(_ pid: Int32) -> Bool {
  #if os(Linux)
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let name = status.lastIndex(of: ")")
    else { return false }
    return !status[name...].hasPrefix(") Z")
  #else
    return kill(pid, 0) == 0
  #endif
}
