#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Runs one program: writes its input, collects its output and enforces its limits.
///
/// Blocks its thread until the program has ended.
struct ProgramMonitor {
  private let invocation: ProgramInvocation
  private let cancellation: Cancellation
  private let group: ProcessGroup
  private let clock = ContinuousClock()
  private var input: Descriptor?
  private var output: Descriptor?
  private var error: Descriptor?
  private var written = 0
  private var collected: [UInt8] = []
  private var errorTail = Tail(limit: ProgramEnding.longestErrorTail)
  /// Why the group was terminated; nil while it was not.
  private var terminationReason: ProgramEnding.Reason?
  /// Whether the group has received SIGKILL.
  private var isKilled = false
  /// When the group receives its next signal.
  private var deadline: ContinuousClock.Instant
  /// The timeout of the next poll, in milliseconds.
  private var pollTimeout: Int32 = 1

  /// The longest timeout of a poll, in milliseconds: no event reports a cancellation or the end of
  /// the leader, so that both are checked this often.
  private static let longestPollTimeout: Int32 = 50
  /// The largest capacity of a pipe, in bytes (the default limit on Linux).
  private static let pipeSize = 1 << 20

  /// Runs a program to its end, unless the cancellation was requested before.
  static func run(
    _ invocation: ProgramInvocation, _ cancellation: Cancellation, _ reaper: Reaper
  ) -> ProgramEnding {
    if cancellation.isRequested { return ProgramEnding(reason: .cancelled) }
    do {
      var monitor = try ProgramMonitor(invocation, cancellation, reaper)
      return monitor.run()
    } catch {
      return ProgramEnding(reason: .couldNotStart(error))
    }
  }

  private init(
    _ invocation: ProgramInvocation, _ cancellation: Cancellation, _ reaper: Reaper
  ) throws(StartError) {
    self.invocation = invocation
    self.cancellation = cancellation
    let input = try Descriptor.pipe()
    let output = try Descriptor.pipe()
    let error = try Descriptor.pipe()
    for end in [input.writing, output.reading, error.reading] { end.makeNonBlocking() }
    group = try ProcessGroup(
      command: invocation.command, environment: invocation.environment, input: input.reading,
      output: output.writing, error: error.writing, reaper: reaper)
    self.input = invocation.input.isEmpty ? nil : input.writing
    self.output = output.reading
    self.error = error.reading
    deadline = clock.now + invocation.timeout
  }

  private mutating func run() -> ProgramEnding {
    while !group.hasEnded {
      transferBytes()
      if cancellation.isRequested, terminationReason == nil { terminate(.cancelled) }
      if clock.now >= deadline { terminate(.timedOut) }
    }
    // Open pipes mean that other processes still run. Those of the group received SIGTERM too and
    // have the rest of the grace period.
    while terminationReason != nil, !isKilled, hasOpenPipes, clock.now < deadline {
      transferBytes()
    }
    readRest()
    let reason = group.reap()
    return ProgramEnding(
      reason: terminationReason ?? reason, output: collected, errorTail: errorTail.bytes)
  }

  /// Whether a process can still write to standard output or standard error.
  private var hasOpenPipes: Bool { output != nil || error != nil }

  /// Waits until a pipe is ready, at most for `pollTimeout`, and transfers the bytes that it can.
  private mutating func transferBytes() {
    // Without open pipes no event reports the end of the program, which usually comes soon.
    pollTimeout =
      hasOpenPipes
      ? Self.longestPollTimeout : min(pollTimeout * 2, Self.longestPollTimeout)
    var polls = [
      pollfd(fd: output?.number ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: error?.number ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: input?.number ?? -1, events: Int16(POLLOUT), revents: 0),
    ]
    guard poll(&polls, nfds_t(polls.count), pollTimeout) > 0 else { return }
    if polls[0].revents != 0 { readOutput() }
    if polls[1].revents != 0 { readError() }
    if polls[2].revents != 0 { writeInput() }
    if !hasOpenPipes { pollTimeout = 1 }
  }

  /// Sends SIGTERM to the group the first time, SIGKILL after that.
  private mutating func terminate(_ reason: ProgramEnding.Reason) {
    isKilled = terminationReason != nil
    group.send(isKilled ? SIGKILL : SIGTERM)
    terminationReason = terminationReason ?? reason
    deadline = clock.now + invocation.gracePeriod
  }

  private mutating func writeInput() {
    let transfer = invocation.input.withUnsafeBytes { bytes in
      input?.write(UnsafeRawBufferPointer(rebasing: bytes[written...].prefix(64 << 10)))
    }
    if case .bytes(let count) = transfer { written += count }
    // A program may close its input before it has read all of it.
    if transfer == .closed || written == invocation.input.count { input = nil }
  }

  /// Reads available output and returns the number of bytes.
  @discardableResult
  private mutating func readOutput() -> Int {
    let bytes = Self.read(&output)
    if collected.count + bytes.count <= invocation.outputLimit {
      collected += bytes
    } else {
      if terminationReason == nil { terminate(.outputTooLarge) }
      collected = []
      output = nil
    }
    return bytes.count
  }

  /// Reads available standard error and returns the number of bytes.
  @discardableResult
  private mutating func readError() -> Int {
    let bytes = Self.read(&error)
    errorTail.append(bytes)
    return bytes.count
  }

  /// Reads up to 64 KiB; sets the descriptor to nil when the other end is closed.
  private static func read(_ descriptor: inout Descriptor?) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
      let transfer = descriptor?.read(into: UnsafeMutableRawBufferPointer(buffer))
      if case .bytes(let read) = transfer { count = read }
      if transfer == .closed { descriptor = nil }
    }
  }

  /// Reads what was in the pipes when the leader ended.
  ///
  /// The limit ends the reading when other processes continue to write.
  private mutating func readRest() {
    var left = Self.pipeSize
    while left > 0, case let count = readOutput(), count > 0 { left -= count }
    left = Self.pipeSize
    while left > 0, case let count = readError(), count > 0 { left -= count }
  }
}

/// A buffer that keeps the last `limit` bytes.
private struct Tail {
  let limit: Int
  private(set) var bytes: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  mutating func append(_ more: [UInt8]) {
    bytes += more.suffix(limit)
    bytes.removeFirst(max(0, bytes.count - limit))
  }
}
