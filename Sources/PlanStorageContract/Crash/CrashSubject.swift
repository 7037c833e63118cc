public import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What the program does that the contract starts to kill it.
///
/// The program hands over the words that the contract gave it, and a way to open its store:
///
/// ```swift
/// exit(CrashSubject.run(Array(CommandLine.arguments.dropFirst())) { .journal(at: $0) })
/// ```
public enum CrashSubject {
  /// Writes to the store of the first word until it is killed, saying on standard output what was
  /// acknowledged; the exit code, should it get that far.
  ///
  /// The words are the location, the number of the first unit of work, and the point at which the
  /// process is to kill itself, or -1.
  public static func run(
    _ words: [String], open: (String) throws -> StorageBackend
  ) -> Int32 {
    guard words.count == 3, let first = Int(words[1]), let last = Int(words[2]) else {
      StandardOutput.say("usage: LOCATION FIRST-UNIT POINT-OF-DEATH")
      return 2
    }
    do {
      try work(try open(words[0]).open(), from: first, dyingAt: last)
    } catch {
      StandardOutput.say("error \(error)")
      return 1
    }
    return 0
  }

  private static func work(
    _ engine: any StorageEngine, from first: Int, dyingAt last: Int
  ) throws {
    let points = Locked(0)
    let atPoint: @Sendable () -> Void = {
      let point = points.withLock { points in
        points += 1
        return points - 1
      }
      if point == last { kill(getpid(), SIGKILL) }
    }
    let workload = CrashWorkload(atPoint: atPoint)
    for number in first... {
      try workload.run(number, in: engine)
      atPoint()
      StandardOutput.say("\(number)")
      atPoint()
    }
  }
}
