import Foundation

/// The output streams of a command.
struct Console: Sendable {
  /// Writes results; throws when they cannot be written, for example to a full disk.
  let output: @Sendable (String) throws -> Void
  /// Writes progress and errors; those that cannot be written are lost.
  let error: @Sendable (String) -> Void

  /// Standard output and standard error of this process.
  static let standard = Console(
    output: { try StandardOutput.write($0) },
    error: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })
}
