/// One step from a version of the schema to the next.
///
/// Must not change after its release: stores record the checksums of their migrations.
struct Migration: Sendable {
  /// The version of the schema after the migration; the first is 1.
  let number: Int
  let name: String
  /// The SQL statements, each without its semicolon; names without a schema are of the store's one.
  let statements: [String]

  /// All migrations, in order.
  static let all = [first]

  /// The 64-bit FNV-1a hash of the statements in hexadecimal, which detects accidental changes.
  var checksum: String {
    let hash = statements.joined(separator: ";").utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(hash, radix: 16)
  }
}
