/// The types of Foundation that are stored in another form than they encode themselves in.
///
/// `Data` encodes itself as an array of numbers, which is three times as long as base64, and `URL`
/// as an object, of a reference and perhaps its base. The domain imports nothing, so it knows these
/// types by their names. A conformance in a module that may import Foundation would be an
/// alternative, but then the stored form would depend on whether a program imports that module.
/// `Date` and `UUID` need nothing: a double and a string are their own forms.
enum FoundationType {
  case data
  case url

  /// The type with this name; nil for all other types.
  init?(_ type: Any.Type) {
    // The module is FoundationEssentials where Foundation is built from its open sources.
    switch _typeName(type) {
    case "Foundation.Data", "FoundationEssentials.Data": self = .data
    case "Foundation.URL", "FoundationEssentials.URL": self = .url
    default: return nil
    }
  }

  /// The stored form of what a type encoded.
  ///
  /// Asks for the name of the type only where the document looks like one of these types.
  static func stored(_ document: JSONValue, of type: Any.Type) -> JSONValue {
    switch document {
    case .object(let object) where object.count <= 2:
      guard let text = object[relative]?.stringValue, FoundationType(type) == .url else {
        return document
      }
      guard let base = object[base]?.stringValue else { return .string(text) }
      return .string(URLReference(text).resolved(against: URLReference(base)).text)
    case .array(let elements):
      guard elements.allSatisfy({ $0.integerValue != nil }), FoundationType(type) == .data else {
        return document
      }
      let bytes = elements.compactMap { $0.integerValue.flatMap { UInt8(exactly: $0) } }
      return bytes.count == elements.count ? .string(Base64.text(of: bytes)) : document
    case .null, .bool, .integer, .double, .string, .object: return document
    }
  }

  /// The form that the type decodes, of the stored one; nil for a string that is not in base64.
  func original(_ document: JSONValue) -> JSONValue? {
    switch (self, document) {
    case (.data, .string(let text)):
      Base64.bytes(of: text).map { .array($0.map { .integer(Int64($0)) }) }
    case (.url, .string): .object(JSONObject(unchecked: [(Self.relative, document)]))
    case (.data, _), (.url, _): document
    }
  }

  /// The member of an encoded URL that holds its text, which may be relative to its base.
  private static let relative = "relative"
  /// The member of an encoded URL that holds its base URL.
  private static let base = "base"
}
