/// The hashes of texts, eight bytes each, in which repeated ones are found at the end.
struct Fingerprints {
  private var all: [UInt64] = []

  /// Adds a text.
  mutating func add(_ text: String) { all.append(Self.hash(text)) }

  /// The hashes that were added more than once; different texts rarely have the same one.
  mutating func repeated() -> Set<UInt64> {
    all.sort()
    var repeated: Set<UInt64> = []
    for index in all.indices.dropFirst() where all[index] == all[index - 1] {
      repeated.insert(all[index])
    }
    return repeated
  }

  /// The 64-bit FNV-1a hash of the text.
  static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
