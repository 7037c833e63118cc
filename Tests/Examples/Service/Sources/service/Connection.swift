import Dispatch
import Foundation

/// A connection: lines that come, and lines that are sent; it blocks no thread.
final class Connection: Sendable {
  private let channel: DispatchIO
  private let queue = DispatchQueue(label: "connection")
  private let chunks: AsyncStream<Data>

  /// Takes over the descriptor of a connected socket.
  init(_ descriptor: Int32) {
    let (chunks, continuation) = AsyncStream<Data>.makeStream()
    self.chunks = chunks
    channel = DispatchIO(type: .stream, fileDescriptor: descriptor, queue: queue) { _ in
      Foundation.close(descriptor)
    }
    channel.setLimit(lowWater: 1)
    channel.read(offset: 0, length: .max, queue: queue) { isDone, data, _ in
      if let data, !data.isEmpty { continuation.yield(Data(data)) }
      if isDone { continuation.finish() }
    }
  }

  /// The lines that the other side sends, until it has sent the last one; for one iteration.
  var lines: Lines { Lines(chunks: chunks) }

  /// Sends a line, after those of earlier calls; throws when the other side has gone.
  func send(_ line: some Encodable) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try await send(try encoder.encode(line))
  }

  /// Sends a line that is encoded already.
  func send(_ line: Data) async throws {
    let data = (line + [UInt8(ascii: "\n")]).withUnsafeBytes { DispatchData(bytes: $0) }
    try await withCheckedThrowingContinuation { (sent: CheckedContinuation<Void, any Error>) in
      channel.write(offset: 0, data: data, queue: queue) { isDone, _, number in
        guard isDone else { return }
        if number == 0 { return sent.resume() }
        sent.resume(throwing: UnixSocket.Failure("write", "of a client", number))
      }
    }
  }

  /// Closes the connection; idempotent.
  func close() { channel.close(flags: .stop) }

  /// The lines of a connection; the bytes after the last end of a line are none.
  struct Lines: AsyncSequence {
    fileprivate let chunks: AsyncStream<Data>

    func makeAsyncIterator() -> Iterator { Iterator(chunks: chunks.makeAsyncIterator()) }

    /// Divides what comes into lines.
    struct Iterator: AsyncIteratorProtocol {
      /// The longest line: a longer one ends the sequence.
      static let limit = 1 << 20

      fileprivate var chunks: AsyncStream<Data>.Iterator
      private var rest = Data()

      fileprivate init(chunks: AsyncStream<Data>.Iterator) { self.chunks = chunks }

      mutating func next() async -> Data? {
        while rest.count <= Self.limit {
          if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = Data(rest[(end + 1)...])
            return Data(line)
          }
          guard let chunk = await chunks.next() else { return nil }
          rest += chunk
        }
        return nil
      }
    }
  }
}
