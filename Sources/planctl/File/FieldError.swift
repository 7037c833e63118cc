import Planwright

/// What is wrong in a JSON document, and where in it.
struct FieldError: Error, Equatable, CustomStringConvertible {
  /// The file, or what else the document is.
  let document: String
  /// The key, as in `actions[0].name`; empty for the whole document.
  let path: String
  /// What is wrong.
  let reason: String

  var description: String {
    path.isEmpty ? "\(document): \(reason)" : "\(document): \(path): \(reason)"
  }
}

/// One value of a JSON document, with its place for errors.
struct Field {
  let document: String
  let path: String
  let value: JSONValue

  /// The whole of a document.
  init(parsing bytes: [UInt8], document: String) throws(FieldError) {
    self.document = document
    path = ""
    do { value = try JSONValue(parsing: bytes, field: document) } catch {
      if let offset = error.offset, let reason = error.reason {
        let line = bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") } + 1
        throw FieldError(
          document: document, path: "", reason: "no JSON at line \(line), byte \(offset): \(reason)"
        )
      }
      throw FieldError(document: document, path: "", reason: error.description)
    }
  }

  private init(document: String, path: String, value: JSONValue) {
    self.document = document
    self.path = path
    self.value = value
  }

  func wrong(_ reason: String) -> FieldError {
    FieldError(document: document, path: path, reason: reason)
  }

  /// Makes sure that this is an object with no other keys than these.
  func checkKeys(_ known: [String]) throws(FieldError) {
    for (key, _) in try members() where !known.contains(key) {
      throw child(key, .null).wrong(
        "there is no such key; the keys are \(known.joined(separator: ", "))")
    }
  }

  func members() throws(FieldError) -> JSONObject {
    guard let members = value.objectValue else { throw wrong("an object was expected") }
    return members
  }

  private func child(_ key: String, _ value: JSONValue) -> Field {
    Field(document: document, path: path.isEmpty ? key : "\(path).\(key)", value: value)
  }

  /// The member of this key; nil when it is missing or null.
  func optional(_ key: String) throws(FieldError) -> Field? {
    guard let value = try members()[key], value != .null else { return nil }
    return child(key, value)
  }

  func required(_ key: String) throws(FieldError) -> Field {
    guard let field = try optional(key) else { throw child(key, .null).wrong("it is missing") }
    return field
  }

  func string() throws(FieldError) -> String {
    guard let text = value.stringValue else { throw wrong("a text was expected") }
    return text
  }

  func bool() throws(FieldError) -> Bool {
    guard let flag = value.boolValue else { throw wrong("true or false was expected") }
    return flag
  }

  func integer() throws(FieldError) -> Int {
    guard let number = value.integerValue else { throw wrong("a whole number was expected") }
    return Int(number)
  }

  /// A number of seconds, up to a year.
  func seconds() throws(FieldError) -> Duration {
    guard let number = value.doubleValue, (0...31_536_000).contains(number) else {
      throw wrong("a number of seconds was expected, at most a year")
    }
    return .seconds(number)
  }

  func elements() throws(FieldError) -> [Field] {
    guard let elements = value.arrayValue else { throw wrong("a list was expected") }
    return elements.enumerated().map { index, element in
      Field(document: document, path: "\(path)[\(index)]", value: element)
    }
  }

  /// Gives an error of the domain its place.
  func checked<R>(_ call: () throws(PlanError) -> R) throws(FieldError) -> R {
    do { return try call() } catch { throw wrong(error.description) }
  }
}
