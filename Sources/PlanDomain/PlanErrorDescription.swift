extension PlanError: CustomStringConvertible {
  /// The error's word for programs; it never changes.
  public var code: String { account.code }

  /// One or two sentences for people: what was refused, about what, and what to do.
  public var description: String { account.text }

  private var account: (code: String, text: String) {
    valueAccount ?? documentAccount ?? actionAccount ?? planAccount ?? childAccount
  }

  private var valueAccount: (code: String, text: String)? {
    switch self {
    case .invalidID(let reason):
      ("invalidID", "This is no ULID: \(reason). Write the 26 characters of an id.")
    case .invalidActionName(let reason):
      ("invalidActionName", "This is no action name: \(reason). Write namespace/name.")
    case .invalidText(let field, let reason):
      ("invalidText", "The text of '\(field)' is refused: \(reason).")
    case .textTooLarge(let field, let bytes, let limit):
      ("textTooLarge", "'\(field)' has \(bytes) bytes; shorten it to \(limit).")
    case .outOfRange(let field, let reason):
      ("outOfRange", "'\(field)' is out of range: it \(reason).")
    case .unknownAutomation(let name):
      (
        "unknownAutomation",
        "There is no automation '\(name.prefix(64))'; choose manual, review or auto."
      )
    case .invalidPageLimit(let limit):
      ("invalidPageLimit", "A page cannot have \(limit) rows; ask for 1 to 1000.")
    case .invalidCursor:
      ("invalidCursor", "This is no cursor of such a query; pass on the one of its last page.")
    default: nil
    }
  }

  private var documentAccount: (code: String, text: String)? {
    switch self {
    case .documentTooLarge(let field, let bytes, let limit):
      ("documentTooLarge", "'\(field)' has \(bytes) bytes; keep it below \(limit).")
    case .invalidJSON(let field, let offset, let reason):
      ("invalidJSON", "'\(field)' is no JSON that can be kept: at byte \(offset), \(reason).")
    case .notFinite:
      ("notFinite", "JSON has no infinite numbers; use a finite one or null.")
    case .invalidTemplate(let field, let reason):
      ("invalidTemplate", "The template '\(field)' is refused: \(reason).")
    case .templateTooLarge(let field, let bytes, let limit):
      ("templateTooLarge", "The template '\(field)' has \(bytes) bytes; shorten it to \(limit).")
    case .renderedTextTooLarge(let field, let limit):
      (
        "renderedTextTooLarge",
        "'\(field)' is above \(limit) bytes once rendered; pass shorter arguments."
      )
    case .invalidArgumentDefinition(let argument, let reason):
      ("invalidArgumentDefinition", "The argument '\(argument)' cannot be so: \(reason).")
    case .missingArgument(let name):
      ("missingArgument", "The argument '\(name)' is missing; pass a value for it.")
    case .unknownArgument(let name):
      ("unknownArgument", "There is no argument '\(name)'; leave it out or correct its name.")
    case .invalidArgument(let name, let reason):
      ("invalidArgument", "The argument '\(name)' is refused: it \(reason).")
    default: nil
    }
  }

  private var actionAccount: (code: String, text: String)? {
    switch self {
    case .actionAlreadyExists(let name):
      ("actionAlreadyExists", "There is an action \(name) already; update it or choose a name.")
    case .actionNotFound(let name):
      ("actionNotFound", "There is no action \(name); create it or correct its name.")
    case .actionArchived(let name):
      ("actionArchived", "The action \(name) is archived and takes no new plans.")
    case .actionVersionConflict(let name, let expected, let found):
      (
        "actionVersionConflict",
        "The action \(name) is at version \(found), not \(expected); read it again."
      )
    case .idempotencyConflict(let action, let key, let plan):
      (
        "idempotencyConflict",
        "The key '\(key)' made plan \(plan) of \(action) with other arguments; use another key."
      )
    default: nil
    }
  }

  private var planAccount: (code: String, text: String)? {
    switch self {
    case .planNotFound(let id): ("planNotFound", "There is no plan \(id).")
    case .versionConflict(let id, let expected, let found):
      (
        "versionConflict",
        "Plan \(id) is at version \(found), not \(expected); read it again and decide anew."
      )
    case .transitionNotAllowed(let id, let command, let status):
      (
        "transitionNotAllowed",
        "Plan \(id) is \(status): \(command.rawValue) is not possible there."
      )
    case .leaseLost(let id, let status):
      (
        "leaseLost",
        "The lease of plan \(id), now \(status), was lost; stop working on it."
      )
    case .notDue(let id, let readyAt):
      ("notDue", "Plan \(id) is queued for \(readyAt); wait until then, or expedite it.")
    case .awaitsSlot(let id):
      (
        "awaitsSlot",
        "Plan \(id) has no slot of its parent yet, or depends on a sibling; it becomes ready when "
          + "other children have ended."
      )
    case .revertLimitReached(let id, let limit):
      (
        "revertLimitReached",
        "Plan \(id) went back to strategize \(limit) times; cancel it and use the action anew."
      )
    case .parentNotWaiting(let id, let parent):
      (
        "parentNotWaiting",
        "Plan \(parent) no longer waits for its child \(id); retry or revert the parent."
      )
    default: nil
    }
  }

  private var childAccount: (code: String, text: String) {
    switch self {
    case .tooManyChildren(let count, let limit):
      ("tooManyChildren", "A spawn of \(count) children is refused; \(limit) are the most.")
    case .tooDeep(let limit):
      ("tooDeep", "A child would stand deeper than \(limit) below its root; spawn it higher up.")
    case .duplicateSiblingKey(let key):
      (
        "duplicateSiblingKey",
        "The key '\(key)' is used twice; give each child its own, and name a dependency once."
      )
    case .unknownSiblingKey(let key, let child):
      ("unknownSiblingKey", "The child '\(child)' depends on '\(key)', which is no sibling.")
    case .dependencyCycle(let keys):
      (
        "dependencyCycle",
        "These children wait for each other in a circle: "
          + keys.prefix(20).map { "'\($0)'" }.joined(separator: ", ") + "."
      )
    case .invalidChild(let key, let reason):
      ("invalidChild", "The child '\(key)' is refused. \(reason)")
    default: ("noChildren", "A spawn needs a child; complete the phase instead.")
    }
  }
}
