import Foundation
import Planwright

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

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
    if path == "-" {
      do { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) } catch {
        throw FieldError(
          document: "standard input", path: "",
          reason: "it cannot be read: \(error.localizedDescription)")
      }
    }
    // Opened here: the path of a URL is made absolute, and the current folder may not be UTF-8.
    let file = Descriptor(open(path, O_RDONLY | O_CLOEXEC))
    guard file.number >= 0 else { throw unreadable(path, errno) }
    return try withExtendedLifetime(file) { () throws(FieldError) in
      let handle = FileHandle(fileDescriptor: file.number, closeOnDealloc: false)
      do { return Array(try handle.readToEnd() ?? Data()) } catch {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        throw unreadable(path, cause.map { Int32($0.code) } ?? EIO)
      }
    }
  }

  /// Why a file cannot be read, and what to do.
  private static func unreadable(_ path: String, _ code: Int32) -> FieldError {
    let reason =
      switch code {
      case ENOENT: "the file does not exist"
      case EACCES: "the file cannot be read; check its permissions"
      default: "the file cannot be read: \(String(cString: strerror(code)))"
      }
    return FieldError(document: path, path: "", reason: reason, isMissing: code == ENOENT)
  }
}
