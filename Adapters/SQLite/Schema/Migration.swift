/// One step from a schema to the next.
///
/// Never changed once it was released: stores remember the checksum of what they were made with.
struct Migration: Sendable {
  /// Counts from 1; the schema's version after it.
  let number: Int
  let name: String
  /// SQL statements.
  let script: String

  /// All of them, in order.
  static let all = [first, second]
  /// The version that this software works with.
  static var current: Int { all.count }
  /// What tells a file of this software from any other database: "Plnw" in ASCII.
  static let applicationID: Int64 = 0x506C_6E77

  /// 64 bits of FNV-1a over the script, in hexadecimal: enough to notice a change by mistake.
  var checksum: String {
    let hash = script.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(hash, radix: 16)
  }
}
