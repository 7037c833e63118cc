extension JSONValue {
  /// Creates the document of a value; any `Encodable` type will do.
  ///
  /// - Integers stay integers and doubles stay doubles. An integer outside the range of `Int64`, an
  ///   infinite number and NaN are refused.
  /// - `Data` is a base64 string. A `Date` is a double: the seconds since 2001-01-01T00:00:00Z,
  ///   which loses nothing. A `URL` is its absolute string, also when it has a base URL. These are
  ///   the forms of `JSONEncoder`.
  /// - A `Duration` is an array of its whole seconds and the remaining attoseconds.
  /// - Every other type has the form that it encodes itself in; a `UUID` is a string, and a
  ///   `Decimal` is an object with its parts, because a double would round it.
  /// - Members have the order in which the type encodes them.
  ///
  /// `field` begins the path in errors. ``decoded(as:field:)`` is the way back.
  ///
  /// ```swift
  /// struct Order: Codable { let id: Int, express: Bool }
  /// let document = try JSONValue(encoding: Order(id: 17, express: true))  // {"id":17,…}
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notEncodable`` with the path of the value, as in
  ///   `arguments.items[3].price`, if JSON cannot express it or it is nested too deeply; and the
  ///   errors that the type itself throws, except `EncodingError`.
  public init(encoding value: some Encodable, field: String = "document") throws {
    let session = EncodingSession(field: field)
    do {
      self = try session.encode(value, below: .root, nil)
    } catch EncodingError.invalidValue(_, let context) {
      // The error's texts and its value are left out, because they may be secret.
      throw PlanError.notEncodable(
        context.codingPath, below: field, reason: "its type refuses to encode it")
    }
    if let failure = session.failure { throw failure }
  }

  /// Returns the value that the document holds, in the form of ``init(encoding:field:)``.
  ///
  /// Members that the type does not ask for are ignored. A double without a fraction is accepted
  /// for an integer, and an integer for a double. `field` begins the path in errors.
  ///
  /// ```swift
  /// struct Order: Codable { let id: Int, express: Bool }
  /// let order = try document.decoded(as: Order.self)
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notDecodable`` with the path of what does not fit, as in
  ///   `arguments.items[3].price`, and without any value; and the errors that the type itself
  ///   throws, except `DecodingError`.
  public func decoded<T: Decodable>(
    as type: T.Type = T.self, field: String = "document"
  ) throws -> T {
    do {
      return try ValueDecoder.decode(type, self, below: .root, nil)
    } catch let error as DecodingError {
      throw PlanError(error, field: field)
    }
  }
}

extension JSONObject {
  /// Returns the value whose arguments these are.
  ///
  /// An argument that is null is not stored, so a missing one is decoded as null wherever its type
  /// takes null. Throws as `JSONValue.decoded` does; the paths begin with `arguments`.
  package func decodedArguments<T: Decodable>(as type: T.Type = T.self) throws -> T {
    do {
      return try ValueDecoder.decode(type, .object(self), below: .arguments, nil)
    } catch let error as DecodingError {
      // The arguments of a value that is null as a whole are stored as none.
      if isEmpty, let null = try? JSONValue.null.decoded(as: type) { return null }
      throw PlanError(error, field: "arguments")
    }
  }
}

extension JSONValue {
  /// The kind of the value, for errors.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .double: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
