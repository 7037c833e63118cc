/// An ordered dictionary in a list of sorted chunks of at most 128 keys.
///
/// A lookup and the start of a walk are two binary searches. An insertion or a removal also moves the
/// keys and values behind it in its chunk, at most 127; about once in 64 of them a chunk is halved,
/// emptied or joined with the next one, which moves the list of chunks behind it: a 64th to a 128th
/// of the count. Appending at the end moves nothing.
///
/// Keys are apart from values so that a search touches nothing but keys. A full chunk is halved, except
/// at the very end, where a new one begins: maps that only grow at the end stay dense.
struct SortedMap<Key: Comparable, Value> {
  private struct Chunk {
    var keys: [Key]
    var values: [Value]
  }

  private static var chunkSize: Int { 128 }
  private var chunks: [Chunk] = []
  /// The first key of each chunk, side by side: a search touches no chunk but the one it needs.
  private var starts: [Key] = []
  /// How many keys there are.
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }
  var first: (key: Key, value: Value)? { chunks.first.map { ($0.keys[0], $0.values[0]) } }

  /// Adds a key that is not there yet.
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

  /// Takes a key out; the value that it had.
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

  /// The chunk that holds this key, or would hold it.
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
  /// A walk over keys and values in one direction.
  struct Walk: IteratorProtocol, Sequence {
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

  /// What comes after this key, or everything, from the first to the last.
  func ascending(after key: Key? = nil, _ meter: VisitMeter? = nil) -> Walk {
    guard let key, count > 0 else {
      return Walk(self, isAscending: true, chunk: 0, index: 0, meter)
    }
    let chunk = chunkIndex(of: key)
    let index = Self.index(in: chunks[chunk].keys, notBefore: key)
    let isThere = index < chunks[chunk].keys.count && chunks[chunk].keys[index] == key
    return Walk(self, isAscending: true, chunk: chunk, index: isThere ? index + 1 : index, meter)
  }

  /// What comes before this key, or everything, from the last to the first.
  func descending(before key: Key? = nil, _ meter: VisitMeter? = nil) -> Walk {
    guard count > 0 else { return Walk(self, isAscending: false, chunk: -1, index: 0, meter) }
    let chunk = key.map { chunkIndex(of: $0) } ?? chunks.count - 1
    let index =
      key.map { Self.index(in: chunks[chunk].keys, notBefore: $0) } ?? chunks[chunk].keys.count
    return Walk(self, isAscending: false, chunk: chunk, index: index - 1, meter)
  }
}
