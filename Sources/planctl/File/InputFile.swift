import Foundation
import Planwright

/// A JSON document from a file or from standard input.
enum InputFile {
  /// Reads and parses a document; `-` is standard input.
  ///
  /// Throws `FieldError`, which names the file, and the line of a fault.
  static func read(_ path: String) throws(FieldError) -> JSONValue {
    try Field(parsing: try bytes(path), document: path == "-" ? "standard input" : path).value
  }

  /// The bytes of a file; `-` is standard input.
  static func bytes(_ path: String) throws(FieldError) -> [UInt8] {
    do {
      guard path != "-" else {
        return Array(try FileHandle.standardInput.readToEnd() ?? Data())
      }
      return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      let exists = path == "-" || FileManager.default.fileExists(atPath: path)
      throw FieldError(
        document: path, path: "",
        reason: exists
          ? "the file cannot be read; check its permissions" : "the file does not exist")
    }
  }
}
