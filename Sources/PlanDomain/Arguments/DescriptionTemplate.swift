/// A text with `{argument}` placeholders; `{{` and `}}` are literal braces.
///
/// Rendered in one pass: placeholders inside the values of arguments are not replaced.
public struct DescriptionTemplate: Hashable, Sendable {
  /// The text with its placeholders.
  public let source: String

  /// Creates a template.
  ///
  /// Throws `templateTooLarge`, or `invalidTemplate` for an unpaired brace and for a placeholder
  /// that names an undefined argument.
  package init(
    _ source: String, field: String, arguments: ArgumentList
  ) throws(PlanError) {
    let bytes = source.utf8.count
    guard bytes <= PlanLimits.templateBytes else {
      throw .templateTooLarge(field: field, bytes: bytes, limit: PlanLimits.templateBytes)
    }
    self.source = source
    try scan(field: field) { (piece) throws(PlanError) in
      if case .argument(let name) = piece, !arguments.contains(name) {
        throw .invalidTemplate(
          field: field,
          reason: "there is no argument '\(name.shortened())'; name one that is defined")
      }
    }
  }

  /// Returns the text with each placeholder replaced by its argument's value.
  ///
  /// An optional argument without a value renders as an empty string. Strings are inserted
  /// unchanged, other values as JSON. Throws `renderedTextTooLarge`.
  package func render(_ arguments: JSONObject, field: String) throws(PlanError) -> String {
    var text = ""
    var bytes = 0
    try scan(field: field) { (piece) throws(PlanError) in
      let addition: String =
        switch piece {
        case .text(let text): text
        case .argument(let name): arguments[name].map { $0.stringValue ?? $0.serialized() } ?? ""
        }
      bytes += addition.utf8.count
      guard bytes <= PlanLimits.renderedBytes else {
        throw .renderedTextTooLarge(field: field, limit: PlanLimits.renderedBytes)
      }
      text += addition
    }
    return text
  }

  private enum Piece {
    case text(String)
    case argument(String)
  }

  /// Passes the pieces of the template to `use`, in order.
  private func scan(
    field: String, _ use: (Piece) throws(PlanError) -> Void
  ) throws(PlanError) {
    var rest = Substring(source).utf8
    while let brace = rest.firstIndex(where: { $0 == Self.open || $0 == Self.close }) {
      let character = rest[brace]
      let after = rest.index(after: brace)
      try use(.text(String(Substring(rest[..<brace]))))
      if after < rest.endIndex, rest[after] == character {
        try use(.text(character == Self.open ? "{" : "}"))
        rest = rest[rest.index(after: after)...]
      } else if character == Self.open,
        let end = rest.firstIndex(of: Self.close)
      {
        try use(.argument(String(Substring(rest[after..<end]))))
        rest = rest[rest.index(after: end)...]
      } else {
        let offset = source.utf8.distance(from: source.startIndex, to: brace)
        throw .invalidTemplate(
          field: field,
          reason: "the brace at byte \(offset) is not paired; write it twice to mean the character"
        )
      }
    }
    try use(.text(String(Substring(rest))))
  }

  private static let open = UInt8(ascii: "{")
  private static let close = UInt8(ascii: "}")
}
