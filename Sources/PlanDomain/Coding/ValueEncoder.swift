/// Encodes one value, and holds the document while its containers fill it.
final class ValueEncoder: Encoder, SingleValueEncodingContainer {
  /// What the document has become.
  private enum Shape {
    case none, single, array, object
  }

  let path: CodingPath
  let session: EncodingSession
  private var shape = Shape.none
  private var single = JSONValue.null
  private var elements: [JSONValue] = []
  private var members: [JSONObject.Member] = []
  private var positions = KeyPositions()
  /// The encoders of elements or members that are not finished; null holds their positions.
  private var nested: [(position: Int, encoder: ValueEncoder)] = []

  /// Creates an encoder of the value at this path.
  init(at path: CodingPath, session: EncodingSession) {
    self.path = path
    self.session = session
  }

  var codingPath: [any CodingKey] { path.keys }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedEncoding(encoder: opened(as: .object)))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    UnkeyedEncoding(encoder: opened(as: .array))
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func encodeNil() throws { try encodeSingle(.null) }

  func encode<T: Encodable>(_ value: T) throws {
    try encodeSingle(try session.encode(value, below: path, nil))
  }

  func encode(_ value: Int128) throws { try encodeSingle(session.encode(value, below: path, nil)) }
  func encode(_ value: UInt128) throws { try encodeSingle(session.encode(value, below: path, nil)) }

  private func encodeSingle(_ value: JSONValue) throws {
    guard shape == .none else {
      throw session.refusal("its type encodes it twice", at: path)
    }
    shape = .single
    single = value
  }

  /// Returns this encoder once it is an array or object; after a failure one that is thrown away.
  ///
  /// The methods that open containers cannot throw, so the session keeps the failure.
  private func opened(as wanted: Shape) -> ValueEncoder {
    // A class and its superclass may open the same container.
    if shape == wanted { return self }
    if shape != .none {
      session.fail(at: path, "its type encodes it in two forms")
    } else if path.depth >= PlanLimits.documentDepth {
      session.failTooDeep()
    } else {
      shape = wanted
      // As many as most objects have: without it, the first four members take three allocations.
      if wanted == .object { members.reserveCapacity(4) }
      return self
    }
    return discarded(wanted)
  }

  /// An encoder that no document refers to.
  ///
  /// It has the same path, so that containers that are opened without end do not take memory.
  private func discarded(_ shape: Shape) -> ValueEncoder {
    let encoder = ValueEncoder(at: path, session: session)
    encoder.shape = shape
    return encoder
  }
}

// What the containers add.
extension ValueEncoder {
  /// The number of elements.
  var count: Int { elements.count }

  /// Appends an element.
  func append(_ element: JSONValue) { elements.append(element) }

  /// Sets the value of a member; replaces an earlier one.
  func set(_ value: JSONValue, for key: String) {
    if let position = positions.position(of: key, in: members) {
      members[position].value = value
      nested.removeAll { $0.position == position }
    } else {
      members.append((key, value))
      positions.update(for: members)
    }
  }

  /// Appends an object that is filled later.
  func appendObject() -> ValueEncoder { appendNested(.object) }
  /// Appends an array that is filled later.
  func appendArray() -> ValueEncoder { appendNested(.array) }
  /// Appends an element that the returned encoder encodes.
  func appendEncoder() -> ValueEncoder { appendNested(.none) }

  private func appendNested(_ shape: Shape) -> ValueEncoder {
    guard let child = child(shape, IndexKey(count)) else { return discarded(shape) }
    nested.append((count, child))
    append(.null)
    return child
  }

  /// The object of a member, which is filled later.
  func object(for key: any CodingKey) -> ValueEncoder { nested(.object, for: key) }
  /// The array of a member, which is filled later.
  func array(for key: any CodingKey) -> ValueEncoder { nested(.array, for: key) }
  /// The encoder of a member.
  func encoder(for key: any CodingKey) -> ValueEncoder { nested(.none, for: key) }

  private func nested(_ shape: Shape, for key: any CodingKey) -> ValueEncoder {
    let name = key.stringValue
    // As with `JSONEncoder`, a container that is opened twice is one container.
    if let position = positions.position(of: name, in: members),
      let found = nested.first(where: { $0.position == position })?.encoder,
      found.shape == shape, shape != .none
    {
      return found
    }
    guard let child = child(shape, key) else { return discarded(shape) }
    set(.null, for: name)
    if let position = positions.position(of: name, in: members) {
      nested.append((position, child))
    }
    return child
  }

  /// The encoder of a value inside; nil when the document is nested too deeply.
  private func child(_ shape: Shape, _ key: any CodingKey) -> ValueEncoder? {
    let inside = path.depth + 1
    guard inside < PlanLimits.documentDepth || shape == .none && inside == PlanLimits.documentDepth
    else {
      session.failTooDeep()
      return nil
    }
    let child = ValueEncoder(at: path.entering(key), session: session)
    child.shape = shape
    return child
  }

  /// Returns the document; a type that encoded nothing is an empty object, as with `JSONEncoder`.
  func finished() throws -> JSONValue {
    for (position, encoder) in nested {
      let value = try encoder.finished()
      if shape == .array { elements[position] = value } else { members[position].value = value }
    }
    nested = []
    return switch shape {
    case .single: single
    case .array: .array(elements)
    case .none, .object: .object(JSONObject(unchecked: members))
    }
  }
}
