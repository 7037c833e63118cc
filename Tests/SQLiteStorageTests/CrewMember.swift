import Foundation
import Testing

/// A process of the crew, and what it says.
final class CrewMember {
  private let process = Process()
  private let output = Pipe()
  private let input = Pipe()

  init(_ words: String...) throws {
    let tools = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let folder =
      tools?.deletingLastPathComponent()
      ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    process.executableURL = folder.appending(path: "SQLiteCrew")
    process.arguments = words
    // Hundreds of processes would write hundreds of profiles where coverage is measured.
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["LLVM_PROFILE_FILE": "/dev/null"]
    ) { $1 }
    process.standardOutput = output
    process.standardInput = input
    try process.run()
  }

  /// Waits for the process to say that it is ready; what it says after that comes with the rest.
  func waitUntilReady() { _ = output.fileHandleForReading.availableData }

  /// Lets a process go on that waits for it.
  func goOn() throws { try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8)) }

  /// Everything it said, line by line, once it has ended.
  func lines() -> [String] {
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// How it ended.
  var status: Int32 { process.terminationStatus }
}
