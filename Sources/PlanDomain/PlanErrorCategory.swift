extension PlanError {
  /// The category of an error, for hosts that map errors to their own responses.
  public struct Category: Hashable, Sendable {
    /// The stable name of the category.
    public let rawValue: String

    private init(_ rawValue: String) { self.rawValue = rawValue }

    /// The named object does not exist.
    public static let notFound = Category("notFound")
    /// Another caller changed, claimed or created the object: read it again before the next
    /// attempt.
    public static let conflict = Category("conflict")
    /// The input is invalid, independently of stored data: correct it.
    public static let invalid = Category("invalid")
    /// The input is valid, but the stored state does not allow the request now.
    public static let refused = Category("refused")
  }
}
