import Foundation
import PostgreSQLTestServer
import TestSupport

/// The process of one machine, with its link to the server.
final class MachineProcess {
  let link: TestLink
  private let words: [String]
  let feed: String
  let handled: String
  private var process: Process

  init(_ number: Int, _ folder: ScratchDirectory, _ link: TestLink, shift: Int) throws {
    self.link = link
    feed = folder.path("feed-\(number)")
    handled = folder.path("handled-\(number)")
    let location = link.location(schema: "machines", options: "&connect_timeout=2")
    words = ["machine", "machine-\(number)", location, feed, handled, "\(shift)"]
    process = try Self.start(words)
  }

  deinit { kill(process.processIdentifier, SIGKILL) }

  private static func start(_ words: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = words
    try process.run()
    return process
  }

  /// Kills the process and starts another one in its place.
  func killAndStart() throws {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    process = try Self.start(words)
  }

  /// Waits until the reader of the feed has all events, stops the machine, and compares them.
  func finish(_ history: MachineHistory) throws {
    guard process.isRunning else {
      throw TestError("a machine has ended with \(process.terminationStatus)")
    }
    try blockUntil("the reader of a machine to have all events") {
      try LineFile.lines(of: feed).count >= history.events.count
    }
    process.terminate()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw TestError("a machine has ended with \(process.terminationStatus)")
    }
    try history.compare(try LineFile.lines(of: feed))
  }
}
