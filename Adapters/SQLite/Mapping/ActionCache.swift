import PlanDomain

/// A cache of actions that the writer's connection decoded, validated and with compiled patterns.
///
/// An entry is valid for one version of its action, and each lookup reads the current version from
/// the row, because another process may update the action. A write of this process removes the
/// entry. A version that was rolled back may be written again with another definition, so a
/// rollback of a transaction that wrote an action empties the cache. Limited in number and in
/// bytes.
struct ActionCache {
  private struct Entry {
    let action: Action
    let bytes: Int
  }

  /// The maximum number of actions.
  static let mostActions = 256
  /// The maximum size of the texts and patterns of all actions, in estimated bytes.
  static let mostBytes = 4_000_000
  /// The maximum size of a compiled pattern, in bytes.
  private static let patternBytes = 32 * PlanLimits.patternInstructions

  private var entries: [ActionName: Entry] = [:]
  private var bytes = 0
  private var hasWrites = false

  /// Returns the action of this name if the cache holds this version.
  func action(_ name: ActionName, version: Int) -> Action? {
    guard let action = entries[name]?.action, action.version == version else { return nil }
    return action
  }

  /// Adds an action, decoded from `textBytes` bytes of text, unless it is too large.
  mutating func note(_ action: Action, textBytes: Int) {
    let patterns = action.definition.arguments.definitions.count { $0.pattern != nil }
    let bytes = textBytes + patterns * Self.patternBytes
    guard bytes <= Self.mostBytes else { return }
    if entries.count >= Self.mostActions || self.bytes + bytes > Self.mostBytes {
      (entries, self.bytes) = ([:], 0)
    }
    self.bytes += bytes
    if let before = entries.updateValue(Entry(action: action, bytes: bytes), forKey: action.name) {
      self.bytes -= before.bytes
    }
  }

  /// Records that a transaction begins.
  mutating func begin() { hasWrites = false }

  /// Records that the transaction writes the action of this name; removes its entry.
  mutating func noteWrite(of name: ActionName) {
    if let entry = entries.removeValue(forKey: name) { bytes -= entry.bytes }
    hasWrites = true
  }

  /// Empties the cache if the transaction, which is rolled back completely or in part, wrote an
  /// action.
  mutating func rollBack() {
    if hasWrites { (entries, bytes) = ([:], 0) }
  }
}
