import Foundation

/// The arguments of a batch: some lines of a file, by their position.
struct Batch: Codable {
  let path: String
  let offset: Int
  let bytes: Int
  /// The number of the first line, from 1.
  let firstLine: Int
}

/// A file with one row on each line.
struct RowFile: Sendable {
  let path: String

  /// Returns the size of the file in bytes.
  func size() throws -> Int {
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? handle.close() }
    return Int(try handle.seekToEnd())
  }

  /// Divides the file into batches of this number of lines; the last one may be shorter.
  func batches(ofLines count: Int) throws -> [Batch] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    var batches: [Batch] = []
    var (start, line, firstLine) = (data.startIndex, 0, 1)
    func endBatch(at end: Int) {
      batches.append(Batch(path: path, offset: start, bytes: end - start, firstLine: firstLine))
      (start, firstLine) = (end, line + 1)
    }
    for (index, byte) in zip(data.indices, data) where byte == UInt8(ascii: "\n") {
      line += 1
      if line.isMultiple(of: count) { endBatch(at: index + 1) }
    }
    if start < data.endIndex { endBatch(at: data.endIndex) }
    return batches
  }

  /// Returns the lines of a batch with their numbers.
  func lines(of batch: Batch) throws -> [(number: Int, text: String)] {
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(batch.offset))
    let data = try handle.read(upToCount: batch.bytes) ?? Data()
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let texts = lines.map { String(decoding: $0, as: UTF8.self) }
    return zip(batch.firstLine..., texts).filter { !$0.1.isEmpty }.map { ($0.0, $0.1) }
  }
}
