public import Foundation

/// A directory for one test, which is removed with the value.
public final class ScratchDirectory: Sendable {
  /// Where it is.
  public let url: URL

  /// A new, empty directory.
  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "planwright-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// The path of something inside.
  public func path(_ name: String) -> String { url.appending(path: name).path }

  deinit { try? FileManager.default.removeItem(at: url) }
}
