import PlanDomain

/// Writes the lines of an archive, with their checksums, in large pieces.
struct ArchiveWriter {
  private let sink: @Sendable ([UInt8]) throws -> Void
  private var buffer: [UInt8] = []
  private var checksum = ArchiveChecksum()
  /// The number of bytes of all lines so far.
  private(set) var bytes = 0

  /// Creates a writer; `sink` gets the pieces in order.
  init(to sink: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.sink = sink
    buffer.reserveCapacity(2 * ArchiveFormat.bufferBytes)
  }

  /// Writes a line with one member; throws what the sink throws.
  mutating func write(_ key: String, _ value: JSONValue) throws {
    let start = buffer.count
    buffer += "{\"\(key)\":".utf8
    buffer += value.serialized().utf8
    checksum.add(buffer[start...])
    buffer += ArchiveFormat.beforeCheck
    buffer += checksum.digits
    buffer += ArchiveFormat.afterCheck
    buffer.append(UInt8(ascii: "\n"))
    bytes += buffer.count - start
    if buffer.count >= ArchiveFormat.bufferBytes { try flush() }
  }

  /// Gives what is left to the sink.
  mutating func flush() throws {
    guard !buffer.isEmpty else { return }
    try sink(buffer)
    buffer.removeAll(keepingCapacity: buffer.capacity <= 4 * ArchiveFormat.bufferBytes)
  }
}
