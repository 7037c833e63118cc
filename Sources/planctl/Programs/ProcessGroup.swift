import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A process group with a program that was started in it.
///
/// The leader of the group is a process that waits until planctl ends. So the reaper knows the group
/// before the program starts, and the system cannot reuse the group's number while it is in use.
struct ProcessGroup {
  private let leader: pid_t
  private let program: pid_t
  private let reaper: Reaper

  /// Starts a program with these descriptors as standard input, output and error.
  ///
  /// The program inherits no other descriptor; no signal is blocked or ignored. Throws a
  /// `StartError` when the program cannot be started.
  init(
    command: [String], environment: [String: String], input: Descriptor, output: Descriptor,
    error: Descriptor, reaper: Reaper
  ) throws(StartError) {
    let file = try ProgramSearch.file(of: command.first ?? "", along: environment["PATH"])
    self.reaper = reaper
    leader = try reaper.startLeader()
    do throws(StartError) {
      program = try ProcessStart(
        file: file, command: command, environment: environment,
        descriptors: [input, output, error], group: leader)()
    } catch {
      Self.end(leader, reaper)
      throw error
    }
  }

  /// Whether the program has ended; does not reap it.
  var hasEnded: Bool {
    var info = siginfo_t()
    while waitid(P_PID, id_t(program), &info, WEXITED | WNOHANG | WNOWAIT) == -1 {
      if errno != EINTR { return true }
    }
    #if canImport(Darwin)
      return info.si_pid == program
    #elseif canImport(Musl)
      return info.__si_fields.__si_common.__first.__piduid.si_pid == program
    #else
      return info._sifields._sigchld.si_pid == program
    #endif
  }

  /// Sends a signal to every process in the group.
  func send(_ signal: Int32) { killpg(leader, signal) }

  /// Kills the rest of the group and returns how the program ended; must be the last call.
  func reap() -> ProgramEnding.Reason {
    // The leader is reaped last: until then the system cannot reuse the number of the group.
    send(SIGKILL)
    let status = Self.wait(for: program)
    Self.end(leader, reaper)
    let number = status & 0x7F
    return number == 0 ? .exited(status >> 8 & 0xFF) : .signalled(number)
  }

  private static func end(_ leader: pid_t, _ reaper: Reaper) {
    killpg(leader, SIGKILL)
    reaper.remove(leader)
    _ = wait(for: leader)
  }

  /// The status of a process that has ended; that of a kill, and not of a success, when it fails.
  private static func wait(for process: pid_t) -> Int32 {
    var status = SIGKILL
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    return status
  }
}
