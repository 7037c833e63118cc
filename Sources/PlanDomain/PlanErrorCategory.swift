extension PlanError {
  /// What kind of answer an error is, for hosts that turn errors into answers of their own.
  public struct Category: Hashable, Sendable {
    /// The name of the category; it never changes.
    public let rawValue: String

    private init(_ rawValue: String) { self.rawValue = rawValue }

    /// What was named does not exist.
    public static let notFound = Category("notFound")
    /// It was changed, taken or made by someone else in the meantime: read it again, decide anew.
    public static let conflict = Category("conflict")
    /// What was given breaks a rule by itself, whatever is stored: correct it.
    public static let invalid = Category("invalid")
    /// What was given is in order, but what is stored does not allow it now.
    public static let refused = Category("refused")
  }
}
