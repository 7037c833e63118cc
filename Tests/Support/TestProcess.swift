import Foundation
import PlanStorageContract

/// A process that runs a program of this package, and what it prints.
public final class TestProcess {
  private let process = Process()
  private let deadline: ProcessDeadline
  private let output = Pipe()
  private let input = Pipe()

  /// The path of `Tests/SQLiteTestProcess`.
  public static var path: String {
    let tools = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let folder =
      tools?.deletingLastPathComponent()
      ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return folder.appending(path: "SQLiteTestProcess").path
  }

  /// Starts it with these words.
  public init(_ words: String...) throws {
    process.executableURL = URL(fileURLWithPath: Self.path)
    process.arguments = words
    // Hundreds of processes would write hundreds of profiles where coverage is measured.
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["LLVM_PROFILE_FILE": "/dev/null"]
    ) { $1 }
    process.standardOutput = output
    process.standardInput = input
    try process.run()
    deadline = ProcessDeadline(process.processIdentifier)
  }

  /// Waits until the process has printed that it is ready; `lines` has what it prints after that.
  public func waitUntilReady() { _ = output.fileHandleForReading.availableData }

  /// Ends the wait of a process that waits for a line of input.
  public func goOn() throws { try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8)) }

  /// Everything it printed, line by line, once it has ended.
  ///
  /// A process that does not end within an hour is killed, and its last line reports it.
  public func lines() -> [String] {
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    return deadline.end() ? lines + ["killed: it did not end within an hour"] : lines
  }

  /// How it ended.
  public var status: Int32 { process.terminationStatus }
}
