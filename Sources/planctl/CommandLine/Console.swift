import Foundation

/// The output streams of a command.
struct Console: Sendable {
  /// Writes results.
  let output: @Sendable (String) -> Void
  /// Writes progress and errors.
  let error: @Sendable (String) -> Void

  /// Standard output and standard error of this process; write errors are ignored.
  static let standard = Console(
    output: { try? FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) },
    error: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })
}
