/// The rule for the names of in-memory databases.
public enum InMemoryNameRule {
  /// Checks that a name is 1…128 bytes of printable ASCII.
  ///
  /// - Throws: ``Planwright/StorageError/Code/invalidLocation`` if it is not.
  public static func check(_ name: String) throws(StorageError) {
    guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy({ 0x20...0x7E ~= $0 }) else {
      throw StorageError(
        .invalidLocation, operation: "opening", subject: "an in-memory database",
        reason: "its name must be 1 to 128 bytes of printable ASCII")
    }
  }
}
