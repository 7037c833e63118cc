extension PlanError {
  /// A path of a document without the keys of dictionaries, which are data.
  ///
  /// Two such paths are equal, so that errors are compared by what they tell their callers.
  struct StorablePath: Hashable, Sendable {
    let text: String?

    static func == (a: StorablePath, b: StorablePath) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
  }

  /// The text of the error that a store may keep: without ids, names, and keys of dictionaries.
  ///
  /// A host that passes a text to the library may have taken it from its data. So this is the code
  /// alone, except where a text consists of numbers, types, and words of this library.
  package var storableText: String {
    switch code {
    case .notEncodable:
      return Self.notEncodableText(storablePath.text ?? "document", reason ?? "")
    case .notDecodable:
      return Self.notDecodableText(storablePath.text ?? "document", reason ?? "")
    case .notFinite, .noChildren, .tooManyChildren, .tooDeep, .invalidPageLimit, .invalidCursor:
      return description
    case .documentTooLarge where field.map(CodingPath.isOwnField) == true:
      return description
    default:
      return "PlanError.\(code)" + (childError.map { ": \($0.storableText)" } ?? "")
    }
  }
}

extension StorageError {
  /// The text of the error that a store may keep: its code, without subject and reason.
  package var storableText: String { "StorageError.\(code): \(code.meaning)" }
}
