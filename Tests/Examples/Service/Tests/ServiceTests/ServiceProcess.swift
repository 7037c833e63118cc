import Foundation

/// A process of the service, and what it prints.
final class ServiceProcess {
  private let process = Process()
  private let statuses: AsyncStream<Int32>
  private var chunks: AsyncStream<Data>.Iterator
  private var buffer = Data()

  /// Starts the service with these words.
  init(_ words: [String]) throws {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let tests = bundle ?? URL(fileURLWithPath: CommandLine.arguments[0])
    process.executableURL = tests.deletingLastPathComponent().appending(path: "service")
    process.arguments = words
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    let (output, chunk) = AsyncStream<Data>.makeStream()
    let (statuses, status) = AsyncStream<Int32>.makeStream()
    self.statuses = statuses
    chunks = output.makeAsyncIterator()
    try process.run()
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

  deinit { if process.isRunning { send(SIGKILL) } }

  /// Waits for the next line; nil after the last one.
  func nextLine() async -> String? {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer = Data(buffer[(end + 1)...])
        return line
      }
      guard let chunk = await chunks.next() else { return nil }
      buffer += chunk
    }
  }

  /// Sends a signal.
  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the end; returns the lines that were not read, and the status.
  func end() async -> (lines: [String], status: Int32) {
    var lines: [String] = []
    while let line = await nextLine() { lines.append(line) }
    for await status in statuses { return (lines, status) }
    return (lines, -1)
  }
}
