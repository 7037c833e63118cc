extension PlanError {
  /// The stable code of a `PlanError`.
  ///
  /// Later versions add codes, so a `switch` over them needs a `default`. Codes about a plan set
  /// ``PlanError/plan`` of the error, codes about an action ``PlanError/action``, and codes about a
  /// value or a text ``PlanError/field``, where it has a name.
  public struct Code: Hashable, Sendable {
    /// The name of the code, stable for programs and logs.
    public let rawValue: String
    /// The category of errors with this code.
    public let category: Category

    private init(_ rawValue: String, _ category: Category) {
      self.rawValue = rawValue
      self.category = category
    }

    /// Whether an error has this code, as in `catch PlanError.Code.leaseLost`.
    public static func ~= (code: Code, error: any Error) -> Bool {
      (error as? PlanError)?.code == code
    }
  }
}

extension PlanError.Code: CustomStringConvertible {
  /// The name of the code.
  public var description: String { rawValue }
}

extension PlanError.Code: CaseIterable {
  /// All codes of this version.
  public static let allCases: [PlanError.Code] = [
    .invalidID, .invalidActionName, .invalidText, .textTooLarge, .documentTooLarge, .invalidJSON,
    .notFinite, .invalidTemplate, .templateTooLarge, .renderedTextTooLarge,
    .invalidArgumentDefinition, .missingArgument, .unknownArgument, .invalidArgument, .outOfRange,
    .unknownAutomation, .notEncodable, .notDecodable, .argumentsNotDerivable, .invalidPhase,
    .noResult, .actionAlreadyExists, .actionNotFound, .actionArchived,
    .actionVersionConflict, .planNotFound, .versionConflict, .idempotencyConflict,
    .transitionNotAllowed, .leaseLost, .attemptTimedOut, .notDue, .awaitsSlot,
    .revertLimitReached, .parentNotWaiting, .planCancelled, .planErrored, .planConstrained,
    .planPurged, .approvalOverdue, .noChildren, .tooManyChildren, .tooDeep,
    .duplicateSiblingKey, .unknownSiblingKey, .dependencyCycle, .invalidChild, .invalidPageLimit,
    .invalidCursor, .cursorExpired,
  ]
}

// Values
extension PlanError.Code {
  /// The text is not a ULID.
  public static let invalidID = PlanError.Code("invalidID", .invalid)
  /// The text is not a name of the form `namespace/name`.
  public static let invalidActionName = PlanError.Code("invalidActionName", .invalid)
  /// A short text, such as an actor, a key or an owner, violates the rules of its field.
  public static let invalidText = PlanError.Code("invalidText", .invalid)
  /// A text is longer than its field allows, in UTF-8 bytes.
  public static let textTooLarge = PlanError.Code("textTooLarge", .invalid)
  /// A JSON document is larger than allowed, in bytes of its serialized form.
  public static let documentTooLarge = PlanError.Code("documentTooLarge", .invalid)
  /// The text is not a JSON document that can be stored.
  public static let invalidJSON = PlanError.Code("invalidJSON", .invalid)
  /// A double is not finite.
  public static let notFinite = PlanError.Code("notFinite", .invalid)
  /// A template has an unpaired brace or names an undefined argument.
  public static let invalidTemplate = PlanError.Code("invalidTemplate", .invalid)
  /// A template is longer than allowed, in UTF-8 bytes.
  public static let templateTooLarge = PlanError.Code("templateTooLarge", .invalid)
  /// A rendered template is longer than allowed, in UTF-8 bytes.
  public static let renderedTextTooLarge = PlanError.Code("renderedTextTooLarge", .invalid)
  /// The definition of an argument is contradictory or unsupported.
  public static let invalidArgumentDefinition = PlanError.Code(
    "invalidArgumentDefinition", .invalid)
  /// A required argument was not given.
  public static let missingArgument = PlanError.Code("missingArgument", .invalid)
  /// The action has no argument of this name.
  public static let unknownArgument = PlanError.Code("unknownArgument", .invalid)
  /// The value of an argument violates the argument's definition.
  public static let invalidArgument = PlanError.Code("invalidArgument", .invalid)
  /// A number, duration or group of numbers is out of range.
  public static let outOfRange = PlanError.Code("outOfRange", .invalid)
  /// No automation preset has this name.
  public static let unknownAutomation = PlanError.Code("unknownAutomation", .invalid)
}

// Typed actions
extension PlanError.Code {
  /// A value cannot be encoded as a document; `field` is its path.
  public static let notEncodable = PlanError.Code("notEncodable", .invalid)
  /// A document does not have the form of the type that is decoded; `field` is the path.
  public static let notDecodable = PlanError.Code("notDecodable", .invalid)
  /// The argument list of a type cannot be derived and must be given.
  public static let argumentsNotDerivable = PlanError.Code("argumentsNotDerivable", .invalid)
  /// A typed action cannot have this phase, or has it already.
  public static let invalidPhase = PlanError.Code("invalidPhase", .invalid)
  /// The plan has no result of this action, or not yet.
  public static let noResult = PlanError.Code("noResult", .refused)
}

// Actions
extension PlanError.Code {
  /// An action with this name already exists.
  public static let actionAlreadyExists = PlanError.Code("actionAlreadyExists", .conflict)
  /// No action has this name.
  public static let actionNotFound = PlanError.Code("actionNotFound", .notFound)
  /// The action is archived and accepts no new plans.
  public static let actionArchived = PlanError.Code("actionArchived", .refused)
  /// The action was changed after it was read.
  public static let actionVersionConflict = PlanError.Code("actionVersionConflict", .conflict)
}

// Plans
extension PlanError.Code {
  /// No plan has this id.
  public static let planNotFound = PlanError.Code("planNotFound", .notFound)
  /// The plan was changed after it was read.
  public static let versionConflict = PlanError.Code("versionConflict", .conflict)
  /// The idempotency key was used for this action with other arguments.
  public static let idempotencyConflict = PlanError.Code("idempotencyConflict", .conflict)
  /// The command is not allowed in the plan's status.
  public static let transitionNotAllowed = PlanError.Code("transitionNotAllowed", .refused)
  /// The command's lease token is not the plan's current one.
  public static let leaseLost = PlanError.Code("leaseLost", .conflict)
  /// The attempt has reached its time-out, so its lease cannot be extended.
  public static let attemptTimedOut = PlanError.Code("attemptTimedOut", .refused)
  /// The plan is queued for a later time.
  public static let notDue = PlanError.Code("notDue", .refused)
  /// The child is queued, but holds no slot of its parent, or depends on a sibling.
  public static let awaitsSlot = PlanError.Code("awaitsSlot", .refused)
  /// The plan has reached the maximum number of reverts.
  public static let revertLimitReached = PlanError.Code("revertLimitReached", .refused)
  /// The parent no longer waits for this child, so the child cannot be queued again.
  public static let parentNotWaiting = PlanError.Code("parentNotWaiting", .refused)
}

// Waiting for a result
extension PlanError.Code {
  /// The plan was cancelled, so it has no result.
  public static let planCancelled = PlanError.Code("planCancelled", .refused)
  /// A phase of the plan is errored, so it has no result; `key` is the code of the failure.
  public static let planErrored = PlanError.Code("planErrored", .refused)
  /// The plan could not be applied for a reason outside it, so it has no result.
  public static let planConstrained = PlanError.Code("planConstrained", .refused)
  /// The plan was removed before its result was read.
  public static let planPurged = PlanError.Code("planPurged", .notFound)
  /// The plan waits for an operator's approval for longer than the caller allows.
  public static let approvalOverdue = PlanError.Code("approvalOverdue", .refused)
}

// Children
extension PlanError.Code {
  /// A spawn has no children.
  public static let noChildren = PlanError.Code("noChildren", .invalid)
  /// A spawn has more children than allowed.
  public static let tooManyChildren = PlanError.Code("tooManyChildren", .invalid)
  /// A child would exceed the maximum depth of its tree.
  public static let tooDeep = PlanError.Code("tooDeep", .refused)
  /// Two children of one spawn have the same key, or a child names a dependency twice.
  public static let duplicateSiblingKey = PlanError.Code("duplicateSiblingKey", .invalid)
  /// A child depends on a key that no sibling has.
  public static let unknownSiblingKey = PlanError.Code("unknownSiblingKey", .invalid)
  /// Children depend on each other in a cycle.
  public static let dependencyCycle = PlanError.Code("dependencyCycle", .invalid)
  /// A child of a spawn is refused; `childError` is the cause.
  public static let invalidChild = PlanError.Code("invalidChild", .invalid)
}

// Reads
extension PlanError.Code {
  /// A page limit is outside 1…1000.
  public static let invalidPageLimit = PlanError.Code("invalidPageLimit", .invalid)
  /// The cursor is not valid for this kind of query.
  public static let invalidCursor = PlanError.Code("invalidCursor", .invalid)
  /// Events after the cursor may have been purged, or the store never had the cursor; `resumeAt` is
  /// the cursor to continue from.
  public static let cursorExpired = PlanError.Code("cursorExpired", .conflict)
}
