import struct PlanStorage.Locked
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A process that ends the programs of this process after this one has ended, however it ended.
///
/// Each program's group is told to the reaper by a pipe before the program starts, and after it has
/// ended. When the pipe closes, the reaper sends SIGTERM to the groups that are left, SIGKILL after
/// the grace period, and ends. The signals of a terminal do not reach it. Safe to use from any
/// thread.
final class Reaper: Sendable {
  /// A shell carries it out: it is there on every system, small, and starts at once.
  private static let script = """
    trap '' HUP INT QUIT TERM
    groups=' '
    while read -r sign group; do
      case $sign in
        +) groups="$groups$group " ;;
        -) groups="${groups%% $group *} ${groups#* $group }" ;;
      esac
    done
    alive() {
      for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && return 0; done
      return 1
    }
    for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
    left=$1
    while [ "$left" -gt 0 ] && alive; do sleep 0.1; left=$((left - 1)); done
    for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
    """

  private let commands: Locked<Descriptor>
  /// A pipe to which nothing is written: its reading end tells the leaders that this process ended.
  private let life: (reading: Descriptor, writing: Descriptor)
  private let nothing: Descriptor
  private let process: pid_t
  private let hasEnded = Atomic(false)

  /// Starts the process.
  ///
  /// `gracePeriod` is rounded to tenths of a second. The reaper keeps `held` open until it has
  /// ended, for example a file that is locked as long as programs run. Throws a `StartError` when it
  /// cannot be started.
  init(gracePeriod: Duration = .seconds(5), holding held: Descriptor? = nil) throws(StartError) {
    let pipe = try Descriptor.pipe()
    life = try Descriptor.pipe()
    nothing = try Descriptor.null()
    let tenths =
      gracePeriod.components.seconds * 10
      + gracePeriod.components.attoseconds / 100_000_000_000_000_000
    process = try ProcessStart(
      file: "/bin/sh", command: ["sh", "-c", Self.script, "planctl-reaper", String(tenths)],
      environment: ["PATH": ProgramSearch.standardPath],
      descriptors: [pipe.reading, nothing, nothing] + (held.map { [$0] } ?? []), group: 0)()
    commands = Locked(pipe.writing)
  }

  deinit { end() }

  /// Ends the reaper and the programs that still run.
  ///
  /// Blocks the calling thread until the reaper has ended. Idempotent.
  func end() {
    guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
    // Without the writing end of its pipe the reaper begins to end the groups that are left.
    commands.withLock { $0 = nothing }
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
  }

  /// Starts a process that leads a new group and waits until this process has ended.
  ///
  /// Throws a `StartError` when it cannot be started, or when the reaper has ended.
  func startLeader() throws(StartError) -> pid_t {
    let leader = try ProcessStart(
      file: "/bin/cat", command: ["cat"], environment: [:],
      descriptors: [life.reading, nothing, nothing], group: 0)()
    guard tell("+ \(leader)\n") else {
      killpg(leader, SIGKILL)
      var status: Int32 = 0
      while waitpid(leader, &status, 0) == -1, errno == EINTR {}
      throw StartError(
        "starting a program: the process 'planctl-reaper', which ends programs after planctl has "
          + "ended, was ended itself; start planctl again")
    }
    return leader
  }

  /// Takes back a group whose processes were killed, before its leader is reaped.
  func remove(_ leader: pid_t) { _ = tell("- \(leader)\n") }

  /// Ends the reaper, for tests: it does not end the programs.
  func kill() {
    killpg(process, SIGKILL)
    var info = siginfo_t()
    _ = waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT)
  }

  private func tell(_ line: String) -> Bool {
    commands.withLock { pipe in
      var line = line
      return line.withUTF8 { bytes in
        // Shorter than PIPE_BUF: all of it or nothing.
        while true {
          switch pipe.write(UnsafeRawBufferPointer(bytes)) {
          case .bytes: return true
          case .wouldBlock: continue
          case .closed: return false
          }
        }
      }
    }
  }
}
