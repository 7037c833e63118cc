import Planwright

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A 64-bit FNV-1a hash of texts and of files, by which two programs are told apart.
///
/// Each part is preceded by its length, so that no two lists of parts are one text.
struct ProgramDigest: Sendable {
  /// The number of bytes of a file that count; of a larger file its size counts as well.
  private static let longestFile = 16 << 20

  private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash as 16 hexadecimal digits.
  var text: String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Adds a text.
  mutating func add(_ text: String) {
    add(count: text.utf8.count)
    for byte in text.utf8 { add(byte) }
  }

  /// Adds the contents of a regular file, in pieces; does nothing when there is none at the path.
  ///
  /// Only the size of a file counts that cannot be read.
  mutating func addFile(at path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    add(count: Int(status.st_size))
    let file = Descriptor(open(path, O_RDONLY | O_CLOEXEC))
    guard file.number >= 0 else { return }
    var left = Self.longestFile
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while left > 0 {
      let transfer = piece.withUnsafeMutableBytes { file.read(into: $0) }
      guard case .bytes(let count) = transfer else { break }
      for byte in piece.prefix(min(count, left)) { add(byte) }
      left -= count
    }
  }

  private mutating func add(count: Int) {
    for shift in stride(from: 0, to: 64, by: 8) {
      add(UInt8(truncatingIfNeeded: count >> shift))
    }
  }

  private mutating func add(_ byte: UInt8) {
    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
  }
}

extension PlanFile.Program {
  /// The digest of what decides how the program works: its command, its timeout, the folder of its
  /// plan file, and the contents of the files that the words of the command name.
  func digest(in folder: String) -> String {
    var digest = ProgramDigest()
    digest.add(folder)
    digest.add("\(timeout.components.seconds).\(timeout.components.attoseconds)")
    for (index, word) in command.enumerated() {
      digest.add(word)
      // A program without a slash is searched along PATH, also where the folder has such a file.
      let isSearched = index == 0 && !word.contains("/")
      if !word.isEmpty, !isSearched {
        digest.addFile(at: word.hasPrefix("/") ? word : "\(folder)/\(word)")
      }
    }
    return digest.text
  }
}
