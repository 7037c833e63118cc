/// What went wrong in the domain: what was refused, about what, and what to do instead.
///
/// Programs match on the case or on the stable ``code``; people read ``description``. No case
/// carries the value of an argument, a result or any other text that could be a secret.
public enum PlanError: Error, Hashable, Sendable {
  // Values
  /// The text is no ULID.
  case invalidID(reason: String)
  /// The text is no `namespace/name`.
  case invalidActionName(reason: String)
  /// A short text (an actor, a key, an owner, …) breaks the rules of its field.
  case invalidText(field: String, reason: String)
  /// A text is longer than its field allows, in bytes of UTF-8.
  case textTooLarge(field: String, bytes: Int, limit: Int)
  /// A JSON document is larger than allowed, in bytes of its serialized form.
  case documentTooLarge(field: String, bytes: Int, limit: Int)
  /// The text is no JSON document that can be kept: where, in bytes from the start, and why.
  case invalidJSON(field: String, offset: Int, reason: String)
  /// A double that is not finite.
  case notFinite
  /// A template cannot be read or names an argument that the action does not have.
  case invalidTemplate(field: String, reason: String)
  /// A template is longer than allowed, in bytes of UTF-8.
  case templateTooLarge(field: String, bytes: Int, limit: Int)
  /// A rendered template is longer than allowed, in bytes of UTF-8.
  case renderedTextTooLarge(field: String, limit: Int)
  /// The definition of an argument contradicts itself.
  case invalidArgumentDefinition(argument: String, reason: String)
  /// A required argument was not given.
  case missingArgument(name: String)
  /// An argument was given that the action does not have.
  case unknownArgument(name: String)
  /// The value of an argument breaks the argument's definition.
  case invalidArgument(name: String, reason: String)
  /// A retry policy, a schedule or another group of numbers is out of its range.
  case outOfRange(field: String, reason: String)
  /// No automation preset has this name.
  case unknownAutomation(name: String)

  // Actions
  /// An action of this name exists already.
  case actionAlreadyExists(ActionName)
  /// No action has this name.
  case actionNotFound(ActionName)
  /// The action is archived and takes no new plans.
  case actionArchived(ActionName)
  /// The action was changed since it was read.
  case actionVersionConflict(ActionName, expected: Int, found: Int)

  // Plans
  /// No plan has this id.
  case planNotFound(Plan.ID)
  /// The plan was changed since it was read.
  case versionConflict(Plan.ID, expected: Int, found: Int)
  /// The idempotency key was used for this action with other arguments.
  case idempotencyConflict(ActionName, key: Key, plan: Plan.ID)
  /// The command does not exist for a plan of this status.
  case transitionNotAllowed(Plan.ID, command: CommandName, status: PlanStatus)
  /// The write came with a lease that is no longer the plan's.
  case leaseLost(Plan.ID, status: PlanStatus)
  /// The plan is queued for a later time.
  case notDue(Plan.ID, readyAt: Timestamp)
  /// The child is queued, but holds none of its parent's slots, or depends on a sibling that has
  /// not succeeded.
  case awaitsSlot(Plan.ID)
  /// The plan was sent back to strategize as often as is allowed.
  case revertLimitReached(Plan.ID, limit: Int)
  /// The parent no longer waits for this child, so the child cannot be taken up again.
  case parentNotWaiting(Plan.ID, parent: Plan.ID)

  // Children
  /// A spawn without children.
  case noChildren
  /// A spawn of more children than allowed.
  case tooManyChildren(count: Int, limit: Int)
  /// A child would stand deeper in its tree than allowed.
  case tooDeep(limit: Int)
  /// Two children of one spawn have the same key.
  case duplicateSiblingKey(Key)
  /// A child depends on a key that none of its siblings has.
  case unknownSiblingKey(Key, in: Key)
  /// Children depend on each other in a circle.
  case dependencyCycle([Key])
  /// A child of a spawn is refused: which one, and why.
  indirect case invalidChild(key: Key, reason: PlanError)

  // Reads
  /// A page limit outside 1…1000.
  case invalidPageLimit(Int)
  /// The cursor was not made by this kind of query.
  case invalidCursor
}
