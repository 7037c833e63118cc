public import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The program that the crash cases start and kill while it writes to a store.
///
/// The executable passes on its arguments and a function that opens the store:
///
/// ```swift
/// exit(CrashSubject.run(Array(CommandLine.arguments.dropFirst())) { .journal(at: $0) })
/// ```
public enum CrashSubject {
  /// Writes to a store until the process is killed; returns an exit status only after an error.
  ///
  /// Prints the number of each acknowledged unit of work to standard output. The arguments are the
  /// location of the store, the number of the first unit of work, and the point at which the process
  /// kills itself, or -1.
  public static func run(
    _ words: [String], open: (String) throws -> StorageBackend
  ) -> Int32 {
    guard words.count == 3, let first = Int(words[1]), let last = Int(words[2]) else {
      StandardOutput.writeLine("usage: LOCATION FIRST-UNIT KILL-POINT")
      return 2
    }
    do {
      try work(try open(words[0]).open(), from: first, dyingAt: last)
    } catch {
      StandardOutput.writeLine("error \(error)")
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
      StandardOutput.writeLine("\(number)")
      atPoint()
    }
  }
}
