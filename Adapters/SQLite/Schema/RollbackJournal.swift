#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The journal of a transaction without a write-ahead log, which SQLite keeps beside a database.
///
/// An open store has none. It exists while a new store is created, while another application
/// changes its database, and after such a process was killed. See sqlite.org/fileformat.html §3.
struct RollbackJournal: Equatable {
  private static let magic: [UInt8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]

  /// The number of pages that the database had before the transaction; nil when the file is not a
  /// journal of SQLite.
  let pagesBefore: UInt32?

  /// Reads the beginning of the journal at this path.
  ///
  /// Returns nil when there is none; when its transaction has ended, for SQLite deletes, truncates
  /// or overwrites it with zeros then; and when its header is incomplete, as after a loss of power:
  /// the database is changed only after the header is on the disk.
  init?(at path: String) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var header = [UInt8](repeating: 0, count: 28)
    let count = read(file, &header, header.count)
    guard count > 0, header[0] != 0 else { return nil }
    // The first 12 bytes are written as zeros with the rest, and with their values at the end.
    let (isMagic, last) = (header.starts(with: Self.magic), header.prefix(12))
    let written = last.prefix { $0 != 0 }
    let isMagicBegun =
      Self.magic.starts(with: written) && last.dropFirst(written.count).allSatisfy { $0 == 0 }
    guard isMagic ? count == header.count : !isMagicBegun else { return nil }
    pagesBefore = isMagic ? header[16..<20].reduce(0) { $0 << 8 | UInt32($1) } : nil
  }
}
