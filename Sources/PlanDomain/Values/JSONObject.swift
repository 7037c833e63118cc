/// The ordered members of a JSON object; keys are unique.
public struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
  /// A key and its value.
  public typealias Member = (key: String, value: JSONValue)

  /// The members, in order.
  let members: [Member]

  /// Creates an object with the members in this order.
  ///
  /// - Throws: ``PlanError/Code/invalidJSON`` with the number of the member if a key is repeated.
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

  /// Creates an object; for a repeated key, the last member is kept.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(lastWins: elements)
  }

  /// The value of this key; nil when there is none; linear in the number of members.
  public subscript(key: String) -> JSONValue? {
    members.first { $0.key.hasSameBytes(as: key) }?.value
  }

  /// The object without the members whose value is null.
  package var withoutNulls: JSONObject {
    func isNull(_ member: Member) -> Bool { if case .null = member.value { true } else { false } }
    guard members.contains(where: isNull) else { return self }
    return JSONObject(unchecked: members.filter { !isNull($0) })
  }

  /// The index of the first member that has the key of an earlier one.
  static func repeatedKey(in members: [Member]) -> Int? {
    // Few members are compared with each other; many are hashed by their bytes.
    if members.count <= 32 {
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
  /// Whether both objects have the same members when their order is ignored at every depth.
  ///
  /// Encoders that keep no order, such as Foundation's, may write the same request differently in
  /// each process.
  package func equalsInAnyOrder(_ other: JSONObject) -> Bool {
    count == other.count
      && zip(membersByKey, other.membersByKey).allSatisfy {
        $0.key.hasSameBytes(as: $1.key) && $0.value.equalsInAnyOrder($1.value)
      }
  }

  /// The members, sorted by the bytes of their keys.
  private var membersByKey: [Member] {
    members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}

extension JSONObject: Hashable {
  /// Whether both objects have the same members in the same order, byte for byte.
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
