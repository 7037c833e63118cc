import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file that is either written as a whole or not at all.
enum AtomicFile {
  /// Writes the file, or replaces it.
  ///
  /// Writes to a file beside it first, which then takes its name; a link is followed. Throws
  /// `CommandError` when the place cannot be written, or has something that is no file.
  static func write(_ text: String, to path: String) throws(CommandError) {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    var status = stat()
    if stat(target, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw CommandError(
        .usage, "'\(path)' is not a file; name a file, or - for standard output")
    }
    let temporary = "\(target).\(UUID().uuidString.prefix(8)).part"
    var code = writeNew(Array(text.utf8), temporary)
    if code == 0, rename(temporary, target) != 0 { code = errno }
    guard code != 0 else { return }
    unlink(temporary)
    throw CommandError(
      .failed,
      "writing '\(path)' failed: \(String(cString: strerror(code))); nothing was changed there")
  }

  /// Writes a file that does not exist, to the disk; returns the code of the error or 0.
  private static func writeNew(_ bytes: [UInt8], _ path: String) -> Int32 {
    let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard number >= 0 else { return errno }
    guard let file = fdopen(number, "w") else {
      let code = errno
      close(number)
      return code
    }
    let isWritten =
      fwrite(bytes, 1, bytes.count, file) == bytes.count && fflush(file) == 0 && fsync(number) == 0
    let code = isWritten ? 0 : errno
    guard fclose(file) == 0 || !isWritten else { return errno }
    return code
  }
}
