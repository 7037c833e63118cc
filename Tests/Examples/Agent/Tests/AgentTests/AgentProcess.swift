import Foundation

/// A process of the agent, and what it prints.
final class AgentProcess {
  private let process = Process()
  private let statuses: AsyncStream<Int32>
  private let chunks: AsyncStream<Data>

  /// Starts the agent with these words, and types these lines.
  init(_ words: [String], typing input: [String]) throws {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let tests = bundle ?? URL(fileURLWithPath: CommandLine.arguments[0])
    process.executableURL = tests.deletingLastPathComponent().appending(path: "agent")
    process.arguments = words
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    let (output, chunk) = AsyncStream<Data>.makeStream()
    let (statuses, status) = AsyncStream<Int32>.makeStream()
    self.statuses = statuses
    chunks = output
    let typed = Pipe()
    process.standardInput = typed
    try process.run()
    let lines = Data(input.map { $0 + "\n" }.joined().utf8)
    try typed.fileHandleForWriting.write(contentsOf: lines)
    try typed.fileHandleForWriting.close()
    // A thread of its own may block; a thread of Swift's tasks may not.
    Thread.detachNewThread { [process] in
      while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
        chunk.yield(data)
      }
      chunk.finish()
      process.waitUntilExit()
      status.yield(process.terminationStatus)
      status.finish()
    }
  }

  deinit { if process.isRunning { process.terminate() } }

  /// Waits for the end; returns the lines that it printed, and the status.
  func end() async -> (lines: [String], status: Int32) {
    var text = Data()
    for await chunk in chunks { text += chunk }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    for await status in statuses { return (lines, status) }
    return (lines, -1)
  }
}
