/// One step from a version of the schema to the next.
///
/// Must not change after its release: stores record the checksums of their migrations.
struct Migration: Sendable {
  /// The version of the schema after the migration; the first is 1.
  let number: Int
  let name: String
  /// The SQL statements.
  let script: String

  /// All migrations, in order.
  static let all = [first, second, third, fourth, fifth]
  /// The version of the schema that this software uses.
  static var current: Int { all.count }
  /// The application id of a SQLite file of this software: "Plnw" in ASCII.
  static let applicationID: Int64 = 0x506C_6E77

  /// The 64-bit FNV-1a hash of the script in hexadecimal, which detects accidental changes.
  var checksum: String {
    let hash = script.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(hash, radix: 16)
  }
}
