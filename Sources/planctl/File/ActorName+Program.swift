import Planwright

/// The name of an actor in the store: its name in the plan file, `@` and the digest of its program.
extension ActorName {
  /// The number of bytes that `@` and a digest add to a name.
  static let programBytes = 17
  /// The maximum length of a name in a plan file with programs, in bytes.
  static let longestInFile = ActorNameRule.longest - programBytes

  /// The name of the actor that a program with this digest plays.
  ///
  /// Throws `invalidText` when the name in the plan file is too long for it.
  init(_ nameInFile: ActorName, playedBy digest: String) throws(PlanError) {
    try self.init("\(nameInFile)@\(digest)")
  }

  /// The name as in the plan file, without the digest of the program; itself when it has none.
  var nameInFile: String {
    hasDigest ? String(description.dropLast(Self.programBytes)) : description
  }

  /// Whether the name ends with the digest of a program.
  var hasDigest: Bool {
    let end = description.utf8.suffix(Self.programBytes)
    return description.utf8.count > Self.programBytes && end.first == UInt8(ascii: "@")
      && end.dropFirst().allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }
}
