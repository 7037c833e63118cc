import Foundation
import Testing

@testable import planctl

/// A folder for one test, which is removed with the value.
final class ScratchFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "planctl-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file; its path.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// Writes a file that can be run; its path.
  ///
  /// Another process writes it: a program that this one starts at the same moment would have it
  /// open for an instant, and what is open for writing cannot be run.
  func writeProgram(_ name: String, _ text: String) async throws -> String {
    let file = "\(path)/\(name)"
    let ending = await ProgramInvocation.script(
      "cat >\"$1\" && chmod 755 \"$1\"", file, input: Array(text.utf8)
    ).run()
    try #require(ending.reason == .exited(0))
    return file
  }

  /// Makes a folder; its path.
  @discardableResult
  func makeFolder(_ name: String, mode: Int = 0o755) throws -> String {
    let folder = "\(path)/\(name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
    return folder
  }

  /// Whether there is a file of this name.
  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
}
