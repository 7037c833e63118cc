import Foundation

/// Where a command writes to.
struct Console: Sendable {
  /// For results.
  let output: @Sendable (String) -> Void
  /// For everything else.
  let error: @Sendable (String) -> Void

  /// The process's own standard output and standard error.
  static let standard = Console(
    output: { try? FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) },
    error: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })
}
