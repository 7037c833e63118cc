extension PlanError {
  /// What kind of answer an error is, for hosts that turn errors into answers of their own.
  public enum Category: String, Hashable, Sendable, CaseIterable {
    /// What was named does not exist.
    case notFound
    /// It was changed, taken or made by someone else in the meantime: read it again, decide anew.
    case conflict
    /// What was given breaks a rule by itself, whatever is stored: correct it.
    case invalid
    /// What was given is in order, but what is stored does not allow it now.
    case refused
  }

  /// The kind of answer; that of the reason where a child of a spawn is refused.
  public var category: Category {
    switch self {
    case .actionNotFound, .planNotFound: .notFound
    case .actionAlreadyExists, .actionVersionConflict, .versionConflict, .idempotencyConflict,
      .leaseLost:
      .conflict
    case .invalidID, .invalidActionName, .invalidText, .textTooLarge, .documentTooLarge,
      .invalidJSON, .notFinite, .invalidTemplate, .templateTooLarge, .renderedTextTooLarge,
      .invalidArgumentDefinition, .missingArgument, .unknownArgument, .invalidArgument,
      .outOfRange, .unknownAutomation, .noChildren, .tooManyChildren, .duplicateSiblingKey,
      .unknownSiblingKey, .dependencyCycle, .invalidPageLimit, .invalidCursor:
      .invalid
    case .actionArchived, .transitionNotAllowed, .revertLimitReached, .parentNotWaiting, .tooDeep:
      .refused
    case .invalidChild(_, let reason): reason.category
    }
  }
}
