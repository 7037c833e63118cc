#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Feeds a program, collects what it writes and sees to it that it ends; on a thread of its own.
struct ProgramWatch {
  private let invocation: ProgramInvocation
  private let cancellation: Cancellation
  private let group: ProcessGroup
  private let clock = ContinuousClock()
  private var input: Descriptor?
  private var output: Descriptor?
  private var error: Descriptor?
  private var written = 0
  private var collected: [UInt8] = []
  private var errorTail = Tail(limit: 8 << 10)
  /// Why the group was told to end, if it was.
  private var verdict: ProgramEnding.Reason?
  /// Whether that was no longer a request.
  private var isForced = false
  /// When the next thing is done about the group.
  private var deadline: ContinuousClock.Instant
  /// How long a change that nothing tells of goes unseen, in milliseconds.
  private var pause: Int32 = 1

  /// The longest pause; also how often a cancellation and the end of the leader are looked for.
  private static let longestPause: Int32 = 50
  /// The most that a pipe holds.
  private static let pipeSize = 1 << 20

  static func run(_ invocation: ProgramInvocation, _ cancellation: Cancellation) -> ProgramEnding {
    if cancellation.isRequested { return ProgramEnding(reason: .cancelled) }
    do {
      var watch = try ProgramWatch(invocation, cancellation)
      return watch.watch()
    } catch {
      return ProgramEnding(reason: .couldNotStart(error))
    }
  }

  private init(
    _ invocation: ProgramInvocation, _ cancellation: Cancellation
  ) throws(StartError) {
    self.invocation = invocation
    self.cancellation = cancellation
    let input = try Descriptor.pipe()
    let output = try Descriptor.pipe()
    let error = try Descriptor.pipe()
    for end in [input.writing, output.reading, error.reading] { end.prepare() }
    group = try ProcessGroup(
      command: invocation.command, environment: invocation.environment, input: input.reading,
      output: output.writing, error: error.writing)
    self.input = invocation.input.isEmpty ? nil : input.writing
    self.output = output.reading
    self.error = error.reading
    deadline = clock.now + invocation.timeout
  }

  private mutating func watch() -> ProgramEnding {
    while !group.hasEnded {
      wait()
      if cancellation.isRequested, verdict == nil { tellToEnd(.cancelled) }
      if clock.now >= deadline { tellToEnd(.timedOut) }
    }
    // Those who can still be heard of have been asked to end as well, and get the same time for it.
    while verdict != nil, !isForced, isListening, clock.now < deadline { wait() }
    readRest()
    let ending = group.reap()
    return ProgramEnding(
      reason: verdict ?? ending, output: collected, errorTail: errorTail.bytes)
  }

  private var isListening: Bool { output != nil || error != nil }

  /// Waits for the program to want input or to have written something, and deals with it.
  private mutating func wait() {
    // The end comes soon after both pipes were closed, and nothing tells of it.
    pause = isListening ? Self.longestPause : min(pause * 2, Self.longestPause)
    var polls = [
      pollfd(fd: output?.number ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: error?.number ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: input?.number ?? -1, events: Int16(POLLOUT), revents: 0),
    ]
    guard poll(&polls, nfds_t(polls.count), pause) > 0 else { return }
    if polls[0].revents != 0 { readOutput() }
    if polls[1].revents != 0 { readError() }
    if polls[2].revents != 0 { writeInput() }
    if !isListening { pause = 1 }
  }

  /// Asks the group to end; the second time there is no asking.
  private mutating func tellToEnd(_ reason: ProgramEnding.Reason) {
    isForced = verdict != nil
    group.send(isForced ? SIGKILL : SIGTERM)
    verdict = verdict ?? reason
    deadline = clock.now + invocation.politeness
  }

  private mutating func writeInput() {
    let transfer = invocation.input.withUnsafeBytes { bytes in
      input?.write(UnsafeRawBufferPointer(rebasing: bytes[written...].prefix(64 << 10)))
    }
    if case .bytes(let count) = transfer { written += count }
    // A program that closes its input without reading all of it: that is its right.
    if transfer == .over || written == invocation.input.count { input = nil }
  }

  /// Reads what is there; how many bytes.
  @discardableResult
  private mutating func readOutput() -> Int {
    let bytes = Self.read(&output)
    if collected.count + bytes.count <= invocation.outputLimit {
      collected += bytes
    } else {
      if verdict == nil { tellToEnd(.outputTooLarge) }
      collected = []
      output = nil
    }
    return bytes.count
  }

  /// Reads what is there; how many bytes.
  @discardableResult
  private mutating func readError() -> Int {
    let bytes = Self.read(&error)
    errorTail.append(bytes)
    return bytes.count
  }

  /// What can be read at once; lets go of the descriptor when nothing more will come.
  private static func read(_ descriptor: inout Descriptor?) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
      let transfer = descriptor?.read(into: UnsafeMutableRawBufferPointer(buffer))
      if case .bytes(let read) = transfer { count = read }
      if transfer == .over { descriptor = nil }
    }
  }

  /// Reads what was written before the leader ended; what others go on writing is left.
  private mutating func readRest() {
    var left = Self.pipeSize
    while left > 0, case let count = readOutput(), count > 0 { left -= count }
    left = Self.pipeSize
    while left > 0, case let count = readError(), count > 0 { left -= count }
  }
}

/// The end of a text that may be long.
private struct Tail {
  let limit: Int
  private(set) var bytes: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  mutating func append(_ more: [UInt8]) {
    bytes += more.suffix(limit)
    bytes.removeFirst(max(0, bytes.count - limit))
  }
}
