/// The members of a JSON object: in order, each key once.
public struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
  /// A key and its value.
  public typealias Member = (key: String, value: JSONValue)

  private let members: [Member]

  /// Keeps the members in this order.
  ///
  /// Throws `invalidJSON` when a key is used twice, naming the member by its number.
  public init(_ members: [Member]) throws(PlanError) {
    if let index = Self.repeatedKey(in: members) {
      throw .invalidJSON(
        field: "object", offset: nil, reason: "member \(index + 1) has the key of an earlier one")
    }
    self.members = members
  }

  init(lastWins members: [(String, JSONValue)]) {
    var kept: [Member] = []
    for (key, value) in members {
      kept.removeAll { $0.key.hasSameBytes(as: key) }
      kept.append((key, value))
    }
    self.members = kept
  }

  init(unchecked members: [Member]) { self.members = members }

  /// Members, in order; of two with one key the later one counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(lastWins: elements)
  }

  /// The value of this key.
  public subscript(key: String) -> JSONValue? {
    members.first { $0.key.hasSameBytes(as: key) }?.value
  }

  /// The index of the first member that has the key of an earlier one.
  static func repeatedKey(in members: [Member]) -> Int? {
    // Few members are compared with each other; many are hashed, by their bytes.
    if members.count <= 8 {
      return members.indices.first { index in
        members[..<index].contains { $0.key.hasSameBytes(as: members[index].key) }
      }
    }
    var seen: Set<[UInt8]> = []
    return members.indices.first { !seen.insert(Array(members[$0].key.utf8)).inserted }
  }
}

extension JSONObject: RandomAccessCollection {
  /// The position of the first member.
  public var startIndex: Int { members.startIndex }
  /// The position after the last member.
  public var endIndex: Int { members.endIndex }
  /// The member at this position.
  public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject {
  /// Whether both have the same members, in any order at any depth.
  ///
  /// Encoders that keep no order, as Foundation's, write the same request differently from one
  /// process to the next.
  package func equalsInAnyOrder(_ other: JSONObject) -> Bool {
    count == other.count
      && zip(membersByKey, other.membersByKey).allSatisfy {
        $0.key.hasSameBytes(as: $1.key) && $0.value.equalsInAnyOrder($1.value)
      }
  }

  /// The members in the order of their keys' bytes.
  private var membersByKey: [Member] {
    members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}

extension JSONObject: Hashable {
  /// Whether both have the same members in the same order, to the byte.
  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.members.count == b.members.count
      && zip(a.members, b.members).allSatisfy {
        $0.key.hasSameBytes(as: $1.key) && $0.value == $1.value
      }
  }

  /// Hashes keys and values.
  public func hash(into hasher: inout Hasher) {
    for (key, value) in members {
      hasher.combine(key)
      hasher.combine(value)
    }
  }
}
