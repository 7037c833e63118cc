import Foundation

/// Runs programs to their end, among them the tool as it was built.
enum ToolProcess {
  /// The path of the tool, beside the tests.
  static var path: String {
    get throws {
      let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      return folder.appending(path: "planctl").path
    }
  }

  /// Where a process writes what it covered: a file of its own for each, where `.ci/coverage` asks.
  private static var profile: String {
    let folder = ProcessInfo.processInfo.environment["PLANWRIGHT_PROFILES"]
    return folder.map { "\($0)/tool-%p.profraw" } ?? "/dev/null"
  }

  /// How a process of the tool ended, and what it printed.
  struct Ending: Sendable {
    let status: Int32?
    let output: String
    let errors: String
  }

  /// Runs the tool with nothing on its standard input.
  static func tool(_ words: [String], _ environment: [String: String]) async throws -> Ending {
    try await run(program: try path, words, environment)
  }

  /// Runs a program with nothing on its standard input.
  static func run(
    program: String, _ words: [String], _ environment: [String: String]
  ) async throws -> Ending {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = words
    process.environment = environment.merging(["LLVM_PROFILE_FILE": profile]) { $1 }
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (try OutputFile(), try OutputFile())
    (process.standardOutput, process.standardError) = (output.handle, errors.handle)
    let status = await (try ProcessExit(of: process)).status
    return Ending(status: status, output: try output.text(), errors: try errors.text())
  }

  /// Runs a program; its exit status, and what it printed and reported together.
  static func run(
    _ program: String, _ words: [String], _ environment: [String: String]
  ) async throws -> (status: Int32?, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = words
    process.environment = environment.merging(["LLVM_PROFILE_FILE": profile]) { $1 }
    let file = try OutputFile()
    (process.standardOutput, process.standardError) = (file.handle, file.handle)
    process.standardInput = FileHandle.nullDevice
    let status = await (try ProcessExit(of: process)).status
    return (status, try file.text())
  }
}

/// A temporary file for the output of a process, because a pipe that nobody reads becomes full.
private struct OutputFile {
  private let url: URL
  let handle: FileHandle

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "planctl-output-\(UUID().uuidString)")
    try Data().write(to: url)
    handle = try FileHandle(forWritingTo: url)
  }

  /// Closes and removes the file; its contents.
  func text() throws -> String {
    defer { try? FileManager.default.removeItem(at: url) }
    try handle.close()
    return String(decoding: try Data(contentsOf: url), as: UTF8.self)
  }
}
