import Planwright

/// One value of a JSON document, with the document and the key for errors.
struct Field {
  let document: String
  let path: String
  let value: JSONValue

  /// Parses a document; throws a `FieldError` with the line of the error.
  ///
  /// Numbers that cannot be kept exactly are refused too.
  init(parsing bytes: [UInt8], document: String) throws(FieldError) {
    self.document = document
    path = ""
    do { value = try JSONValue(parsing: bytes, field: document) } catch {
      if let offset = error.offset, let reason = error.reason {
        throw FieldError(
          document: document, path: "",
          reason: "invalid JSON at \(Self.position(offset, in: bytes)): \(reason)")
      }
      throw FieldError(document: document, path: "", reason: error.description)
    }
    if let offset = ExactNumbers.firstLoss(in: bytes) {
      throw FieldError(
        document: document, path: "",
        reason: "\(Self.position(offset, in: bytes)): \(ExactNumbers.advice)")
    }
  }

  private static func position(_ offset: Int, in bytes: [UInt8]) -> String {
    "line \(bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") } + 1), byte \(offset)"
  }

  private init(document: String, path: String, value: JSONValue) {
    self.document = document
    self.path = path
    self.value = value
  }

  /// An error at this value.
  func error(_ reason: String) -> FieldError {
    FieldError(document: document, path: path, reason: reason)
  }

  /// Throws unless this is an object whose keys are all among these.
  func checkKeys(_ allowed: [String]) throws(FieldError) {
    for (key, _) in try members() where !allowed.contains(key) {
      throw child(key, .null).error(
        "unknown key; the keys are \(allowed.joined(separator: ", "))")
    }
  }

  /// The members of an object.
  func members() throws(FieldError) -> JSONObject {
    guard let members = value.objectValue else { throw error("expected an object") }
    return members
  }

  /// The value of a key, for errors; null when it is missing.
  func child(_ key: String) -> Field { child(key, value.objectValue?[key] ?? .null) }

  private func child(_ key: String, _ value: JSONValue) -> Field {
    Field(document: document, path: path.isEmpty ? key : "\(path).\(key)", value: value)
  }

  /// The value of this key; nil when it is missing or null.
  func optional(_ key: String) throws(FieldError) -> Field? {
    guard let value = try members()[key], value != .null else { return nil }
    return child(key, value)
  }

  /// The value of this key; throws when it is missing or null.
  func required(_ key: String) throws(FieldError) -> Field {
    guard let field = try optional(key) else {
      throw child(key, .null).error("this key is missing")
    }
    return field
  }

  func string() throws(FieldError) -> String {
    guard let text = value.stringValue else { throw error("expected a string") }
    return text
  }

  func bool() throws(FieldError) -> Bool {
    guard let flag = value.boolValue else { throw error("expected true or false") }
    return flag
  }

  func integer() throws(FieldError) -> Int {
    guard let number = value.integerValue else { throw error("expected an integer") }
    return Int(number)
  }

  /// A duration of 0 to 31,536,000 seconds (365 days).
  func seconds() throws(FieldError) -> Duration {
    guard let number = value.doubleValue, (0...31_536_000).contains(number) else {
      throw error("expected a number of seconds from 0 to 31536000 (365 days)")
    }
    return .seconds(number)
  }

  /// The elements of a list.
  func elements() throws(FieldError) -> [Field] {
    guard let elements = value.arrayValue else { throw error("expected a list") }
    return elements.enumerated().map { index, element in
      Field(document: document, path: "\(path)[\(index)]", value: element)
    }
  }

  /// Makes a call of the domain; adds the document and the key to its error.
  func checked<R>(_ call: () throws(PlanError) -> R) throws(FieldError) -> R {
    do { return try call() } catch let failure { throw error(failure.description) }
  }
}
