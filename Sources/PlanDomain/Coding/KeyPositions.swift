/// Finds the positions of keys among the members of an object; keys are compared by their bytes.
///
/// Few members are compared one after the other; many are looked up, so that the time of coding
/// does not grow with the square of their number.
struct KeyPositions {
  private static let few = 8
  private var positions: [String: Int] = [:]
  private var known = 0

  /// Adds the members that were appended since the last call.
  mutating func update(for members: [JSONObject.Member]) {
    guard members.count > Self.few else { return }
    for position in known..<members.count where positions[members[position].key] == nil {
      positions[members[position].key] = position
    }
    known = members.count
  }

  /// The position of the member with this key, among those of the last update.
  func position(of key: String, in members: [JSONObject.Member]) -> Int? {
    if known > 0 {
      guard let position = positions[key] else { return nil }
      if members[position].key.hasSameBytes(as: key) { return position }
      // Another key is equal by Unicode's rules, and has taken the entry.
    }
    return members.firstIndex { $0.key == key && $0.key.hasSameBytes(as: key) }
  }
}
