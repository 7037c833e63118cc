/// An ordered dictionary, stored as a list of sorted chunks of at most 128 keys.
///
/// A lookup and the start of a scan are two binary searches. An insertion or a removal also moves
/// the following keys and values of its chunk, at most 127. About one in 64 of them splits a chunk,
/// removes it or merges it with the next one, which moves the following chunks of the list; their
/// number is a 128th to a 64th of the number of keys. Appending at the end moves nothing.
///
/// Keys and values are separate arrays, so that a search reads only keys. A full chunk is split in
/// half, except at the end, where a new chunk is added: maps that only grow at the end stay dense.
struct SortedMap<Key: Comparable, Value> {
  private struct Chunk {
    var keys: [Key]
    var values: [Value]
  }

  private static var chunkSize: Int { 128 }
  private var chunks: [Chunk] = []
  /// The first key of each chunk, so that a search reads only the chunk that it needs.
  private var starts: [Key] = []
  /// The number of keys.
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }
  var first: (key: Key, value: Value)? { chunks.first.map { ($0.keys[0], $0.values[0]) } }

  /// Adds a key, which must not be in the map.
  mutating func insert(_ key: Key, _ value: Value) {
    count += 1
    guard let last = chunks.indices.last, key < chunks[last].keys[chunks[last].keys.count - 1]
    else { return append(key, value) }
    let chunk = chunkIndex(of: key)
    let index = Self.index(in: chunks[chunk].keys, notBefore: key)
    chunks[chunk].keys.insert(key, at: index)
    chunks[chunk].values.insert(value, at: index)
    if index == 0 { starts[chunk] = key }
    if chunks[chunk].keys.count > Self.chunkSize { halve(chunk) }
  }

  /// Removes a key and returns its value; nil when the key is not in the map.
  @discardableResult
  mutating func remove(_ key: Key) -> Value? {
    guard count > 0 else { return nil }
    let chunk = chunkIndex(of: key)
    let index = Self.index(in: chunks[chunk].keys, notBefore: key)
    guard index < chunks[chunk].keys.count, chunks[chunk].keys[index] == key else { return nil }
    chunks[chunk].keys.remove(at: index)
    let value = chunks[chunk].values.remove(at: index)
    count -= 1
    if chunks[chunk].keys.isEmpty {
      chunks.remove(at: chunk)
      starts.remove(at: chunk)
      return value
    }
    if index == 0 { starts[chunk] = chunks[chunk].keys[0] }
    if chunk + 1 < chunks.count,
      chunks[chunk].keys.count + chunks[chunk + 1].keys.count <= Self.chunkSize / 2
    {
      let next = chunks.remove(at: chunk + 1)
      starts.remove(at: chunk + 1)
      chunks[chunk].keys += next.keys
      chunks[chunk].values += next.values
    }
    return value
  }

  private mutating func append(_ key: Key, _ value: Value) {
    if let last = chunks.indices.last, chunks[last].keys.count < Self.chunkSize {
      chunks[last].keys.append(key)
      chunks[last].values.append(value)
    } else {
      chunks.append(Chunk(keys: [key], values: [value]))
      starts.append(key)
    }
  }

  private mutating func halve(_ chunk: Int) {
    let middle = chunks[chunk].keys.count / 2
    let upper = Chunk(
      keys: Array(chunks[chunk].keys[middle...]), values: Array(chunks[chunk].values[middle...]))
    chunks[chunk].keys.removeSubrange(middle...)
    chunks[chunk].values.removeSubrange(middle...)
    starts.insert(upper.keys[0], at: chunk + 1)
    chunks.insert(upper, at: chunk + 1)
  }

  /// Returns the chunk that contains this key or would contain it.
  private func chunkIndex(of key: Key) -> Int {
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if key < starts[middle] { high = middle } else { low = middle + 1 }
    }
    return max(0, low - 1)
  }

  private static func index(in keys: [Key], notBefore key: Key) -> Int {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension SortedMap {
  /// An iterator over keys and values in one direction.
  struct Scan: IteratorProtocol, Sequence {
    private let chunks: [Chunk]
    private let isAscending: Bool
    private var chunk: Int
    private var index: Int
    private let meter: VisitMeter?

    fileprivate init(
      _ map: SortedMap, isAscending: Bool, chunk: Int, index: Int, _ meter: VisitMeter?
    ) {
      chunks = map.chunks
      self.isAscending = isAscending
      self.chunk = chunk
      self.index = index
      self.meter = meter
    }

    mutating func next() -> (key: Key, value: Value)? {
      while chunks.indices.contains(chunk) {
        if chunks[chunk].keys.indices.contains(index) {
          defer { index += isAscending ? 1 : -1 }
          meter?.note()
          return (chunks[chunk].keys[index], chunks[chunk].values[index])
        }
        chunk += isAscending ? 1 : -1
        index = isAscending || chunk < 0 ? 0 : chunks[chunk].keys.count - 1
      }
      return nil
    }
  }

  /// Scans the keys after this one, or all keys, in ascending order.
  func ascending(after key: Key? = nil, _ meter: VisitMeter? = nil) -> Scan {
    guard let key, count > 0 else {
      return Scan(self, isAscending: true, chunk: 0, index: 0, meter)
    }
    let chunk = chunkIndex(of: key)
    let index = Self.index(in: chunks[chunk].keys, notBefore: key)
    let isFound = index < chunks[chunk].keys.count && chunks[chunk].keys[index] == key
    return Scan(self, isAscending: true, chunk: chunk, index: isFound ? index + 1 : index, meter)
  }

  /// Scans the keys before this one, or all keys, in descending order.
  func descending(before key: Key? = nil, _ meter: VisitMeter? = nil) -> Scan {
    guard count > 0 else { return Scan(self, isAscending: false, chunk: -1, index: 0, meter) }
    let chunk = key.map { chunkIndex(of: $0) } ?? chunks.count - 1
    let index =
      key.map { Self.index(in: chunks[chunk].keys, notBefore: $0) } ?? chunks[chunk].keys.count
    return Scan(self, isAscending: false, chunk: chunk, index: index - 1, meter)
  }
}
