import PlanDomain

/// Actions as the writer's connection decoded them last: checked, and with their patterns compiled.
///
/// An entry is used for the version that it was decoded from and for no other one, and the version is
/// read from the row each time: another process that updates an action raises its version. A write
/// of this process removes the entry of its action. A version that was rolled back may be written
/// again with another definition, so a rollback empties the cache when its transaction has written
/// an action. Bounded in number and in bytes.
struct ActionCache {
  private struct Entry {
    let action: Action
    let bytes: Int
  }

  /// How many actions are kept at most.
  static let mostActions = 256
  /// How many bytes the texts and patterns of all of them take at most, as estimated.
  static let mostBytes = 4_000_000
  /// What a compiled pattern takes at most, in bytes.
  private static let patternBytes = 32 * PlanLimits.patternInstructions

  private var entries: [ActionName: Entry] = [:]
  private var bytes = 0
  private var hasWrites = false

  /// The action of this name, if this version of it is kept.
  func action(_ name: ActionName, version: Int) -> Action? {
    guard let action = entries[name]?.action, action.version == version else { return nil }
    return action
  }

  /// Keeps an action that was decoded from this many bytes of text, unless it is too large.
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

  /// Notes that a transaction begins.
  mutating func begin() { hasWrites = false }

  /// Notes that the transaction writes the action of this name.
  mutating func noteWrite(of name: ActionName) {
    if let entry = entries.removeValue(forKey: name) { bytes -= entry.bytes }
    hasWrites = true
  }

  /// Forgets what may go when the transaction, or a part of it, is rolled back.
  mutating func rollBack() {
    if hasWrites { (entries, bytes) = ([:], 0) }
  }
}
