import PlanDomain

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An open file of an archive, which is closed with the last reference.
///
/// Safe to use from any thread.
final class ArchiveFile: Sendable {
  let path: String
  private let descriptor: Int32

  private init(_ path: String, _ descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens an archive that exists for reading.
  ///
  /// Throws `StorageError`: `cannotOpen` when it cannot be read or is not a regular file.
  convenience init(reading path: String) throws(StorageError) {
    let file = path.utf8.contains(0) ? -1 : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Self.failure(.cannotOpen, "reading", path) }
    self.init(path, file)
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw StorageError(
        .cannotOpen, operation: "reading", subject: Self.subject(path),
        reason: "it is not a regular file", advice: "write it to a file first")
    }
  }

  /// The name of the archive in errors.
  static func subject(_ path: String) -> String { "archive \(path)" }

  /// The size in bytes.
  var size: Int64 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Reads bytes from this offset; returns their number, and 0 at the end of the file.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
  ) throws(StorageError) -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if count >= 0 { return count }
      guard errno == EINTR else { throw Self.failure(.inputOutput, "reading", path) }
    }
  }

  /// Creates the file, lets the body write it, and gives it its name once it is on the disk.
  ///
  /// Until then its name ends in `.partial`; it is removed when the body throws, and left by a
  /// process that is killed. Throws `StorageError`: `invalidLocation` when something exists at the
  /// path; and what the body throws.
  static func create<R>(
    _ path: String, _ body: (_ sink: @escaping @Sendable ([UInt8]) throws -> Void) throws -> R
  ) throws -> R {
    var status = stat()
    guard !path.isEmpty, !path.utf8.contains(0), lstat(path, &status) != 0 else {
      throw occupied(path)
    }
    var number = 1
    var partial = path + ".partial"
    var descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    while descriptor < 0, errno == EEXIST, number < 1_000 {
      number += 1
      partial = "\(path).\(number).partial"
      descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    }
    guard descriptor >= 0 else { throw failure(.cannotOpen, "writing", path) }
    let file = ArchiveFile(path, descriptor)
    do {
      let result = try body { bytes in try file.append(bytes) }
      try file.publish(from: partial)
      return result
    } catch {
      unlink(partial)
      throw error
    }
  }

  private func append(_ bytes: [UInt8]) throws(StorageError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw Self.failure(.inputOutput, "writing", path)
      }
    }
  }

  private func publish(from partial: String) throws(StorageError) {
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw Self.failure(.inputOutput, "writing", path)
    }
    // A second name instead of a new one, because that replaces nothing.
    if link(partial, path) == 0 {
      unlink(partial)
    } else {
      guard errno != EEXIST else { throw Self.occupied(path) }
      // Where the file system has no second names, an empty file reserves the name first.
      let reserved = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard reserved >= 0 else { throw Self.failure(.inputOutput, "writing", path) }
      close(reserved)
      guard rename(partial, path) == 0 else { throw Self.failure(.inputOutput, "writing", path) }
    }
    try synchronizeDirectory()
  }

  private func synchronizeDirectory() throws(StorageError) {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[...$0]) } ?? "."
    let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw Self.failure(.inputOutput, "writing", path) }
    defer { close(file) }
    // Some file systems cannot synchronize a directory.
    guard fsync(file) == 0 || errno == EINVAL else {
      throw Self.failure(.inputOutput, "writing", path)
    }
  }

  private static func occupied(_ path: String) -> StorageError {
    StorageError(
      .invalidLocation, operation: "writing", subject: subject(path),
      reason: path.isEmpty ? "the path is empty" : "something exists at this path",
      advice: "choose another path, or move away what exists")
  }

  /// The error for the value of `errno`.
  private static func failure(
    _ code: StorageError.Code, _ operation: String, _ path: String
  ) -> StorageError {
    let isFull = [ENOSPC, EDQUOT].contains(errno)
    return StorageError(
      isFull ? .full : code, operation: operation, subject: subject(path),
      reason: String(cString: strerror(errno)),
      advice: isFull ? nil : "check the path and its permissions")
  }
}
