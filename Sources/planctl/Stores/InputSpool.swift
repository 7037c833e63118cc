import Foundation

/// Standard input in a temporary file without a name, because an import reads its file twice.
struct InputSpool {
  private let file: FileHandle
  /// A path that leads to the file as long as this value exists.
  var path: String { "/dev/fd/\(file.fileDescriptor)" }

  /// Reads standard input to its end; throws `CommandError`, which names the temporary folder.
  init() throws(CommandError) {
    let temporary = FileManager.default.temporaryDirectory
    do { try self.init(below: temporary) } catch {
      throw CommandError(
        .failed,
        "keeping standard input in a temporary file below '\(temporary.path)' failed: "
          + "\(error.localizedDescription); make room there, or name a file instead of -")
    }
  }

  private init(below temporary: URL) throws {
    let folder = temporary.appending(path: "planctl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    // Nothing is left, however this process ends.
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "standard-input")
    try Data().write(to: url)
    file = try FileHandle(forUpdating: url)
    while let piece = try FileHandle.standardInput.read(upToCount: 1 << 20), !piece.isEmpty {
      try file.write(contentsOf: piece)
    }
  }
}
