import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A program that leads a process group of its own.
///
/// The leader is left unreaped until the group has been dealt with, so that its number cannot
/// belong to anyone else meanwhile.
struct ProcessGroup {
  private let leader: pid_t

  /// Starts a program with these descriptors as standard input, output and error.
  ///
  /// It inherits no other. Signals are as in a fresh login: nothing blocked, nothing ignored.
  init(
    command: [String], environment: [String: String], input: Descriptor, output: Descriptor,
    error: Descriptor
  ) throws(StartError) {
    let variables = environment.map { "\($0.key)=\($0.value)" }
    guard !(command + variables).contains(where: { $0.utf8.contains(0) }) else {
      throw StartError("the command or its environment holds a NUL, which cannot be passed on")
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
    // The file was there a moment ago.
    if code == ENOENT { throw StartError("starting '\(file)': its interpreter is missing") }
    guard code == 0 else { throw StartError("starting '\(file)'", code: code) }
    leader = pid
  }

  /// Makes the system remember ended children until they are reaped: whoever started this process
  /// may have told it to ignore them.
  private static func keepEndedChildren() { signal(SIGCHLD, SIG_DFL) }

  #if canImport(Darwin)
    private typealias FileActions = posix_spawn_file_actions_t?
    private typealias Attributes = posix_spawnattr_t?
  #else
    private typealias FileActions = posix_spawn_file_actions_t
    private typealias Attributes = posix_spawnattr_t
  #endif

  /// Copies for C, with the nil that ends a list there.
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

  /// Whether the leader has ended; it stays unreaped.
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

  /// Sends a signal to everyone in the group.
  func send(_ signal: Int32) { killpg(leader, signal) }

  /// Ends whoever is left of the group and says how the leader ended; once, and the last call.
  func reap() -> ProgramEnding.Reason {
    send(SIGKILL)
    // What cannot be learned is not taken for a success.
    var status = SIGKILL
    while waitpid(leader, &status, 0) == -1, errno == EINTR {}
    let number = status & 0x7F
    return number == 0 ? .exited(status >> 8 & 0xFF) : .signalled(number)
  }
}
