import PlanDomain
import PlanStorage

/// The text of one unit of work: a checksum, a space and the entries as a JSON array.
///
/// The checksum tells a line that was written whole from one that a crash cut off or damaged.
enum JournalLine {
  /// The line of these entries, without the newline at its end.
  static func text(_ entries: [JournalEntry]) -> String {
    let json = JSONValue.array(entries.map(\.json)).serialized()
    return "\(String(checksum(json.utf8), radix: 16)) \(json)"
  }

  /// The entries of a line.
  ///
  /// Throws `StorageError.corrupt` when the checksum does not match, and what `JournalEntry` throws.
  static func entries(_ line: some Collection<UInt8>) throws -> [JournalEntry] {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
    guard parts.count == 2, let first = String(validating: parts[0], as: UTF8.self),
      UInt64(first, radix: 16) == checksum(parts[1]),
      let entries = try JSONValue(stored: Array(parts[1]), field: "journal").arrayValue
    else {
      throw StorageError(
        .corrupt, operation: "reading", subject: "a journal line",
        reason: "its checksum does not match")
    }
    return try entries.map(JournalEntry.init)
  }

  /// FNV-1a, 64 bits.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
