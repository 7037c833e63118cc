import struct PlanStorage.Locked

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The start of another process.
struct ProcessStart {
  /// The file of the program.
  let file: String
  /// The arguments, the program's name included.
  let command: [String]
  let environment: [String: String]
  /// The descriptors that become 0, 1, 2, … of the process; it inherits no other.
  let descriptors: [Descriptor]
  /// The process group that the process joins; 0 makes it the leader of a new one.
  let group: pid_t

  /// Starts the process and returns its id; no signal is blocked or ignored in it.
  ///
  /// Throws a `StartError` when it cannot be started.
  func callAsFunction() throws(StartError) -> pid_t {
    let variables = environment.map { Self.variable($0.key, $0.value) }
    guard !(command.map { Array($0.utf8) } + variables).contains(where: { $0.contains(0) }) else {
      throw StartError(
        "starting a program: the command or its environment contains a NUL character; remove it")
    }
    Self.keepEndedChildren()
    var files = fileActions()
    defer { posix_spawn_file_actions_destroy(&files) }
    var attributes = attributes()
    defer { posix_spawnattr_destroy(&attributes) }
    let arguments = Self.cStrings(command.map { Array($0.utf8) })
    defer { for argument in arguments { free(argument) } }
    let environment = Self.cStrings(variables)
    defer { for variable in environment { free(variable) } }
    var pid: pid_t = 0
    let code = Descriptor.inheritance.withLock { _ in
      posix_spawn(&pid, file, &files, &attributes, arguments, environment)
    }
    // The file was found before, so it is the interpreter that does not exist.
    if code == ENOENT {
      throw StartError("starting '\(file)': the interpreter named in its first line does not exist")
    }
    guard code == 0 else { throw StartError("starting '\(file)'", code: code) }
    return pid
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
  private static func cStrings(_ strings: [[UInt8]]) -> [UnsafeMutablePointer<CChar>?] {
    strings.map { bytes in
      (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
        $0.baseAddress.flatMap { strdup($0) }
      }
    } + [nil]
  }

  /// A variable as the bytes of `name=value`.
  ///
  /// A value of this process that is not UTF-8 has become a text with replacement characters; the
  /// program gets the bytes of this process.
  private static func variable(_ name: String, _ value: String) -> [UInt8] {
    let text = Array("\(name)=\(value)".utf8)
    guard value.unicodeScalars.contains("\u{FFFD}"), let own = getenv(name),
      String(cString: own) == value
    else { return text }
    let bytes = UnsafeBufferPointer(start: own, count: strlen(own))
    return Array("\(name)=".utf8) + bytes.map { UInt8(bitPattern: $0) }
  }

  private func fileActions() -> FileActions {
    #if canImport(Darwin)
      var files: FileActions = nil
    #else
      var files = FileActions()
    #endif
    posix_spawn_file_actions_init(&files)
    for (number, descriptor) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&files, descriptor.number, Int32(number))
    }
    return files
  }

  private func attributes() -> Attributes {
    var flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    #if canImport(Darwin)
      var attributes: Attributes = nil
      flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
      var attributes = Attributes()
    #endif
    posix_spawnattr_init(&attributes)
    posix_spawnattr_setpgroup(&attributes, group)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    for signal in [SIGKILL, SIGSTOP] { sigdelset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    return attributes
  }
}
