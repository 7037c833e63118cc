import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A process group whose leader is a started program.
///
/// The leader is reaped only after the group has been killed: until then the system cannot reuse
/// its process id.
struct ProcessGroup {
  private let leader: pid_t

  /// Starts a program with these descriptors as standard input, output and error.
  ///
  /// The program inherits no other descriptor; no signal is blocked or ignored. Throws a
  /// `StartError` when the program cannot be started.
  init(
    command: [String], environment: [String: String], input: Descriptor, output: Descriptor,
    error: Descriptor
  ) throws(StartError) {
    let variables = environment.map { "\($0.key)=\($0.value)" }
    guard !(command + variables).contains(where: { $0.utf8.contains(0) }) else {
      throw StartError(
        "starting a program: the command or its environment contains a NUL character; remove it")
    }
    let file = try ProgramSearch.file(of: command.first ?? "", along: environment["PATH"])
    Self.keepEndedChildren()
    var files = Self.fileActions(input, output, error)
    defer { posix_spawn_file_actions_destroy(&files) }
    var attributes = Self.attributes()
    defer { posix_spawnattr_destroy(&attributes) }
    let arguments = Self.cStrings(command)
    defer { for argument in arguments { free(argument) } }
    let environment = Self.cStrings(variables)
    defer { for variable in environment { free(variable) } }
    var pid: pid_t = 0
    let code = Descriptor.inheritance.withLock { _ in
      posix_spawn(&pid, file, &files, &attributes, arguments, environment)
    }
    // The search has just found the file, so it is the interpreter that does not exist.
    if code == ENOENT {
      throw StartError("starting '\(file)': the interpreter named in its first line does not exist")
    }
    guard code == 0 else { throw StartError("starting '\(file)'", code: code) }
    leader = pid
  }

  /// Resets SIGCHLD: a parent process that ignores it passes that on, and then the system reaps
  /// ended children at once.
  private static func keepEndedChildren() { signal(SIGCHLD, SIG_DFL) }

  #if canImport(Darwin)
    private typealias FileActions = posix_spawn_file_actions_t?
    private typealias Attributes = posix_spawnattr_t?
  #else
    private typealias FileActions = posix_spawn_file_actions_t
    private typealias Attributes = posix_spawnattr_t
  #endif

  /// A nil-terminated list of C strings, which the caller must free.
  private static func cStrings(_ strings: [String]) -> [UnsafeMutablePointer<CChar>?] {
    strings.map { strdup($0) } + [nil]
  }

  private static func fileActions(
    _ input: Descriptor, _ output: Descriptor, _ error: Descriptor
  ) -> FileActions {
    #if canImport(Darwin)
      var files: FileActions = nil
    #else
      var files = FileActions()
    #endif
    posix_spawn_file_actions_init(&files)
    posix_spawn_file_actions_adddup2(&files, input.number, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&files, output.number, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&files, error.number, STDERR_FILENO)
    return files
  }

  private static func attributes() -> Attributes {
    var flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    #if canImport(Darwin)
      var attributes: Attributes = nil
      flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
      var attributes = Attributes()
    #endif
    posix_spawnattr_init(&attributes)
    posix_spawnattr_setpgroup(&attributes, 0)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    for signal in [SIGKILL, SIGSTOP] { sigdelset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    return attributes
  }

  /// Whether the leader has ended; does not reap it.
  var hasEnded: Bool {
    var info = siginfo_t()
    while waitid(P_PID, id_t(leader), &info, WEXITED | WNOHANG | WNOWAIT) == -1 {
      if errno != EINTR { return true }
    }
    #if canImport(Darwin)
      return info.si_pid == leader
    #elseif canImport(Musl)
      return info.__si_fields.__si_common.__first.__piduid.si_pid == leader
    #else
      return info._sifields._sigchld.si_pid == leader
    #endif
  }

  /// Sends a signal to every process in the group.
  func send(_ signal: Int32) { killpg(leader, signal) }

  /// Kills the rest of the group, reaps the leader and returns how it ended; must be the last call.
  func reap() -> ProgramEnding.Reason {
    send(SIGKILL)
    // If `waitpid` fails, the result is a kill and not a success.
    var status = SIGKILL
    while waitpid(leader, &status, 0) == -1, errno == EINTR {}
    let number = status & 0x7F
    return number == 0 ? .exited(status >> 8 & 0xFF) : .signalled(number)
  }
}
