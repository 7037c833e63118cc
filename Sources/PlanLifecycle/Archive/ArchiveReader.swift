import PlanDomain
import PlanStorage

/// A place between two lines of an archive, from which reading can go on.
struct ArchivePosition: Sendable {
  /// The number of bytes before the place.
  fileprivate(set) var offset: Int64 = 0
  /// The number of lines before the place.
  fileprivate(set) var line = 0
  fileprivate var checksum = ArchiveChecksum()
}

/// Reads the lines of an archive one by one and checks their checksums.
struct ArchiveReader {
  private let file: ArchiveFile
  private var buffer: [UInt8] = []
  /// The part of the buffer that has not been returned yet.
  private var rest: Range<Int> = 0..<0
  /// The place after the line that was returned last.
  private(set) var position: ArchivePosition

  /// Creates a reader that goes on at this place.
  init(_ file: ArchiveFile, at position: ArchivePosition = ArchivePosition()) {
    self.file = file
    self.position = position
  }

  /// Returns the next line; nil at the end of the file.
  ///
  /// Throws `StorageError` with the number of the line: `corrupt` for a line that is changed,
  /// incomplete or in the wrong place, `notAStore` when the first line is not that of an archive,
  /// and `schemaTooNew` for the archive of a newer version.
  mutating func next() throws(StorageError) -> ArchiveLine? {
    guard let bytes = try nextBytes() else { return nil }
    let document: JSONValue
    do {
      document = try JSONValue(stored: Array(bytes), field: "line")
    } catch {
      if position.line == 0 { throw notAnArchive("its first line is not JSON") }
      throw damage("it is not JSON (\(error.description))")
    }
    if position.line == 0 { try checkHeader(document) }
    try check(bytes)
    let line: ArchiveLine?
    do { line = try ArchiveLine(document) } catch {
      throw damage("\(error.subject): \(error.reason)")
    }
    guard let line else { throw damage("it is no header, action, plan, event or end") }
    position.offset += Int64(bytes.count) + 1
    position.line += 1
    return line
  }

  /// The error for the line after `position`, or for another one.
  func damage(_ reason: String, line: Int? = nil) -> StorageError {
    StorageError(
      .corrupt, operation: "reading",
      subject: "line \(line ?? position.line + 1) of \(ArchiveFile.subject(file.path))",
      reason: reason, advice: "export the store again")
  }

  private func notAnArchive(_ reason: String) -> StorageError {
    StorageError(
      .notAStore, operation: "reading", subject: "line 1 of \(ArchiveFile.subject(file.path))",
      reason: "\(reason), so it is not an archive",
      advice: "choose a file that an export has written")
  }

  private func checkHeader(_ document: JSONValue) throws(StorageError) {
    guard document["header"]?["format"]?.stringValue == ArchiveFormat.name,
      let version = document["header"]?["version"]?.integerValue, version > 0
    else { throw notAnArchive("its first line is not the header of one") }
    guard version <= ArchiveFormat.version else {
      throw StorageError(
        .schemaTooNew, operation: "reading",
        subject: "line 1 of \(ArchiveFile.subject(file.path))",
        reason: "its format has version \(version), supported up to \(ArchiveFormat.version)")
    }
  }

  /// Checks the checksum of a line.
  private mutating func check(_ line: ArraySlice<UInt8>) throws(StorageError) {
    let end = line.endIndex - ArchiveFormat.checkBytes
    guard end > line.startIndex else { throw damage("it has no checksum") }
    var checksum = position.checksum
    checksum.add(line[..<end])
    let expected = ArchiveFormat.beforeCheck + checksum.digits + ArchiveFormat.afterCheck
    guard line[end...].elementsEqual(expected) else {
      throw damage("it was changed, or a line before it is missing or in another place")
    }
    position.checksum = checksum
  }

  /// Returns the bytes of the next line, without its line break; nil at the end of the file.
  private mutating func nextBytes() throws(StorageError) -> ArraySlice<UInt8>? {
    var searched = rest.lowerBound
    while true {
      if let end = buffer[searched..<rest.upperBound].firstIndex(of: UInt8(ascii: "\n")) {
        defer { rest = (end + 1)..<rest.upperBound }
        return buffer[rest.lowerBound..<end]
      }
      guard rest.count <= ArchiveFormat.maximumLineBytes else {
        throw damage("it has more than \(ArchiveFormat.maximumLineBytes) bytes")
      }
      searched = rest.count
      guard try fill() else {
        guard rest.isEmpty else { throw damage("the file ends inside of it") }
        return nil
      }
    }
  }

  /// Reads more bytes after those that are left, which move to the beginning of the buffer.
  ///
  /// Returns false at the end of the file.
  private mutating func fill() throws(StorageError) -> Bool {
    buffer.removeSubrange(rest.upperBound...)
    buffer.removeSubrange(..<rest.lowerBound)
    rest = 0..<buffer.count
    let (used, offset) = (buffer.count, position.offset + Int64(buffer.count))
    let added = max(ArchiveFormat.bufferBytes, used)
    buffer.append(contentsOf: repeatElement(0, count: added))
    let file = file
    var failure: StorageError?
    let count = buffer.withUnsafeMutableBytes { bytes in
      do throws(StorageError) {
        return try file.read(into: .init(rebasing: bytes[used...]), at: offset)
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    rest = 0..<(used + count)
    return count > 0
  }
}
