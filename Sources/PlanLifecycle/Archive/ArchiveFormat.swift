import PlanDomain

/// The format of archives: lines of JSON, each with a checksum of all lines up to it.
///
/// The first line is the header, the last one counts what is between them:
///
/// ```json
/// {"header":{"format":"planwright-archive","version":1,…},"check":"…"}
/// {"action":{…},"check":"…"}
/// {"plan":{…},"check":"…"}
/// {"event":{…},"check":"…"}
/// {"end":{"actions":1,"plans":1,"events":1},"check":"…"}
/// ```
///
/// Actions, plans and events have their portable form. An action comes before its plans, a parent
/// before its children, a plan directly before its events, and a tree as a whole; the children of
/// one parent are in the order of their ids. The checksum detects accidental changes;
/// it is not a signature.
enum ArchiveFormat {
  static let name = "planwright-archive"
  /// The version that this software writes, and the latest that it reads.
  static let version = 1
  /// The maximum size of a line; a plan with the largest documents takes less.
  static let maximumLineBytes = 256 << 20
  /// How much is read or written at once.
  static let bufferBytes = 128 << 10

  /// What is between the contents of a line and its checksum.
  static let beforeCheck = Array(",\"check\":\"".utf8)
  /// What follows the checksum.
  static let afterCheck = Array("\"}".utf8)
  /// The number of bytes from the end of the contents to the end of the line.
  static let checkBytes = beforeCheck.count + 16 + afterCheck.count
}

/// The 64-bit FNV-1a hash of the contents of all lines so far.
///
/// Each line's checksum depends on the lines before it, so lines that are missing, repeated or in
/// another order are detected, and every change of one byte.
struct ArchiveChecksum: Equatable, Sendable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Adds the contents of a line.
  mutating func add(_ bytes: ArraySlice<UInt8>) {
    var value = value
    bytes.withUnsafeBufferPointer { buffer in
      for byte in buffer { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    self.value = value
  }

  /// The checksum as 16 hexadecimal digits.
  var digits: [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return (0..<16).map { digits[Int(value >> (60 - 4 * UInt64($0)) & 15)] }
  }
}
