/// What is wrong in a JSON document, and at which key.
struct FieldError: Error, Equatable, CustomStringConvertible {
  /// The name of the document, such as the path of a file.
  let document: String
  /// The key, as in `actions[0].name`; empty for the whole document.
  let path: String
  /// What is wrong.
  let reason: String
  /// Whether the document does not exist.
  var isMissing = false

  var description: String {
    path.isEmpty ? "\(document): \(reason)" : "\(document): \(path): \(reason)"
  }
}
