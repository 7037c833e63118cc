import Dispatch
import Foundation
import Synchronization

/// The temporary directories of this process, removed when it ends, also on Ctrl-C.
enum TemporaryDirectories {
  /// A new directory for a store.
  static func make() throws -> URL {
    let directory = root.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory
  }

  /// Removes the directories that still exist.
  static func removeAll() { try? FileManager.default.removeItem(at: root) }

  private static var root: URL {
    FileManager.default.temporaryDirectory.appending(path: "planbench-\(getpid())")
  }
}

/// Ends the program and its measuring process on SIGINT and SIGTERM.
final class Interruption: Sendable {
  /// The process that measures now, or 0.
  ///
  /// It has a group of its own, which Ctrl-C does not reach.
  private let child = Atomic<pid_t>(0)

  /// The signals that are handled while this value exists.
  func heed() -> [any DispatchSourceSignal] {
    [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        let process = child.load(ordering: .acquiring)
        if process != 0 { kill(process, SIGTERM) }
        TemporaryDirectories.removeAll()
        exit(128 + number)
      }
      source.resume()
      return source
    }
  }

  /// Runs the process to its end.
  func run(_ process: Process) throws {
    try process.run()
    child.store(process.processIdentifier, ordering: .releasing)
    process.waitUntilExit()
    child.store(0, ordering: .releasing)
  }
}
