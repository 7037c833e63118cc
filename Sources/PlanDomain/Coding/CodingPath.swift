/// The keys from the root of a document to one of its values.
///
/// A list of linked nodes: most paths are never read, and only an error or a type that asks for its
/// `codingPath` needs them as an array.
struct CodingPath: Sendable {
  private final class Node: Sendable {
    let key: any CodingKey
    let parent: Node?

    init(_ key: any CodingKey, below parent: Node?) {
      self.key = key
      self.parent = parent
    }
  }

  /// The path of the document itself.
  static let root = CodingPath(last: nil, depth: 0, level: 0, readsMissingAsNull: false)

  /// The path of a plan's arguments, whose members are not stored when they are null.
  static let arguments = CodingPath(last: nil, depth: 0, level: 0, readsMissingAsNull: true)

  /// The maximum of `level`: twice the depth of documents.
  ///
  /// Each array and object may be wrapped once, as by an optional. A type that encodes itself
  /// inside itself without an end reaches this limit before the stack does.
  static let maxLevel = 2 * PlanLimits.documentDepth

  private let last: Node?
  /// The number of arrays and objects around the value.
  let depth: Int
  /// The number of types that encode or decode themselves around the value.
  let level: Int
  /// Whether a missing member of the value is decoded as null.
  let readsMissingAsNull: Bool

  private init(last: Node?, depth: Int, level: Int, readsMissingAsNull: Bool) {
    self.last = last
    self.depth = depth
    self.level = level
    self.readsMissingAsNull = readsMissingAsNull
  }

  /// Returns the path of a value inside: of a member or element, or for nil of a wrapped value.
  func entering(_ key: (any CodingKey)?) -> CodingPath {
    guard let key else {
      return CodingPath(
        last: last, depth: depth, level: level + 1, readsMissingAsNull: readsMissingAsNull)
    }
    return CodingPath(
      last: Node(key, below: last), depth: depth + 1, level: level + 1, readsMissingAsNull: false)
  }

  /// The keys, from the root on.
  var keys: [any CodingKey] { keys(and: nil) }

  /// The keys, from the root on, and a last one.
  func keys(and key: (any CodingKey)?) -> [any CodingKey] {
    var reversed = key.map { [$0] } ?? []
    var node = last
    while let current = node {
      reversed.append(current.key)
      node = current.parent
    }
    return reversed.reversed()
  }
}

extension CodingPath {
  /// The number of keys that a text shows of the beginning and of the end of a long path.
  private static let shownKeys = 8

  /// The path as text below the name of a field, as in `arguments.items[3].price`.
  static func text(_ keys: [any CodingKey], below field: String) -> String {
    text(keys, below: field, component)
  }

  /// The path as text that a store may keep, as in `arguments.people[*].age`.
  ///
  /// Keys of dictionaries and the name of a field that the host chose are left out: they are data.
  static func storableText(_ keys: [any CodingKey], below field: String) -> String {
    text(keys, below: isOwnField(field) ? field : "document") { key in
      isIndex(key) || isCase(key) ? component(key) : "[*]"
    }
  }

  /// Whether the name of a document is one of those that this package uses.
  static func isOwnField(_ field: String) -> Bool {
    ["document", "arguments", "input", "checkpoint", "result"].contains(field)
      || PlanPhase.allCases.contains { field == "results.\($0.rawValue)" }
  }

  private static func text(
    _ keys: [any CodingKey], below field: String, _ component: (any CodingKey) -> String
  ) -> String {
    guard keys.count > 2 * shownKeys else { return field + keys.map(component).joined() }
    return field + keys.prefix(shownKeys).map(component).joined() + "..."
      + keys.suffix(shownKeys).map(component).joined()
  }

  /// Whether the key is the position of an element; `JSONDecoder` describes them in the same way.
  private static func isIndex(_ key: any CodingKey) -> Bool {
    key.intValue.map { key.stringValue == "Index \($0)" } ?? false
  }

  /// Whether the key is one of those that its type declares, and not one made at run time.
  private static func isCase(_ key: any CodingKey) -> Bool {
    let mirror = Mirror(reflecting: key)
    return mirror.displayStyle == .enum && mirror.children.isEmpty
  }

  private static func component(_ key: any CodingKey) -> String {
    // The number of a key that also has a name is not in the document.
    if let number = key.intValue, isIndex(key) || key.stringValue == "\(number)" {
      return "[\(number)]"
    }
    let name = key.stringValue.shortened()
    if !name.isEmpty, name.utf8.allSatisfy({ $0.isNameCharacter }) { return ".\(name)" }
    return "[\(JSONValue.string(name).serialized())]"
  }
}

/// The position of an element in an array.
struct IndexKey: CodingKey {
  let index: Int

  init(_ index: Int) { self.index = index }
  init(intValue: Int) { index = intValue }
  init?(stringValue: String) { nil }

  var intValue: Int? { index }
  var stringValue: String { "Index \(index)" }
}

/// The key of the document of a superclass.
enum SuperKey: String, CodingKey {
  case `super`
}
