// Creates each `PlanError` with its description, so that all texts are in one file.

extension PlanError {
  package static func invalidID(reason: String) -> PlanError {
    PlanError(
      .invalidID, "The id is invalid: \(reason); pass the 26 characters of a ULID.", reason: reason)
  }

  package static func invalidActionName(reason: String) -> PlanError {
    PlanError(
      .invalidActionName, "The action name is invalid: \(reason); write it as namespace/name.",
      reason: reason)
  }

  package static func invalidText(field: String, reason: String) -> PlanError {
    PlanError(
      .invalidText, "The text of '\(field)' is invalid: \(reason).", reason: reason, field: field)
  }

  package static func textTooLarge(field: String, bytes: Int, limit: Int) -> PlanError {
    PlanError(
      .textTooLarge,
      "The text of '\(field)' has \(bytes) bytes; shorten it to at most \(limit).",
      field: field, limit: limit)
  }

  package static func documentTooLarge(field: String, bytes: Int, limit: Int) -> PlanError {
    PlanError(
      .documentTooLarge,
      "The document '\(field)' has \(bytes) bytes; reduce it to at most \(limit).",
      field: field, limit: limit)
  }

  /// `offset` is nil for a document that was passed as a value, which has no byte positions.
  package static func invalidJSON(field: String, offset: Int?, reason: String) -> PlanError {
    let position = offset.map { "at byte \($0), " } ?? ""
    return PlanError(
      .invalidJSON,
      "'\(field)' is not a JSON document that can be stored: \(position)\(reason); correct it.",
      reason: reason, field: field, offset: offset)
  }

  package static var notFinite: PlanError {
    PlanError(
      .notFinite, "A number of a JSON document is infinite or NaN; use a finite one or null.")
  }

  package static func invalidTemplate(field: String, reason: String) -> PlanError {
    PlanError(
      .invalidTemplate, "The template '\(field)' is invalid: \(reason).", reason: reason,
      field: field)
  }

  package static func templateTooLarge(field: String, bytes: Int, limit: Int) -> PlanError {
    PlanError(
      .templateTooLarge,
      "The template '\(field)' has \(bytes) bytes; shorten it to at most \(limit).",
      field: field, limit: limit)
  }

  package static func renderedTextTooLarge(field: String, limit: Int) -> PlanError {
    PlanError(
      .renderedTextTooLarge,
      "The rendered text of '\(field)' has more than \(limit) bytes; pass shorter arguments.",
      field: field, limit: limit)
  }

  package static func invalidArgumentDefinition(argument: String, reason: String) -> PlanError {
    PlanError(
      .invalidArgumentDefinition,
      "Argument '\(argument)' is invalid: \(reason); correct its definition.", reason: reason,
      field: argument)
  }

  package static func missingArgument(name: String) -> PlanError {
    PlanError(
      .missingArgument, "Argument '\(name)' is missing; pass a value for it.", field: name)
  }

  package static func unknownArgument(name: String) -> PlanError {
    PlanError(
      .unknownArgument, "There is no argument '\(name)'; leave it out or correct its name.",
      field: name)
  }

  package static func invalidArgument(name: String, reason: String) -> PlanError {
    PlanError(
      .invalidArgument, "The value of argument '\(name)' is invalid: it \(reason).",
      reason: reason, field: name)
  }

  package static func outOfRange(field: String, reason: String) -> PlanError {
    PlanError(
      .outOfRange, "'\(field)' is out of range: it \(reason).", reason: reason, field: field)
  }

  package static func unknownAutomation(name: String) -> PlanError {
    // Anything but a misspelt word may be a text that was meant for another field.
    let isWord = name.utf8.count <= 16 && name.utf8.allSatisfy(\.isASCIILetter)
    return PlanError(
      .unknownAutomation,
      "There is no \(isWord ? "automation '\(name)'" : "such automation"); "
        + "choose manual, review or auto.",
      field: "automation")
  }
}

extension PlanError {
  /// `storable` is the path without keys of dictionaries; nil when `path` has none.
  package static func notEncodable(
    _ path: String, storable: String? = nil, reason: String
  ) -> PlanError {
    PlanError(
      .notEncodable, notEncodableText(path, reason), reason: reason, field: path,
      storablePath: storable)
  }

  static func notEncodableText(_ path: String, _ reason: String) -> String {
    "'\(path)' cannot be stored: \(reason); correct the value or its type."
  }

  /// `storable` is the path without keys of dictionaries; nil when `path` has none.
  package static func notDecodable(
    _ path: String, storable: String? = nil, reason: String
  ) -> PlanError {
    PlanError(
      .notDecodable, notDecodableText(path, reason), reason: reason, field: path,
      storablePath: storable)
  }

  static func notDecodableText(_ path: String, _ reason: String) -> String {
    "'\(path)' cannot be decoded: \(reason); correct the document or the type."
  }

  package static func argumentsNotDerivable(
    _ type: String, argument: String?, reason: String
  ) -> PlanError {
    let subject = argument.map { "argument '\($0.shortened())': " } ?? ""
    return PlanError(
      .argumentsNotDerivable,
      "The argument list of \(type) cannot be derived: \(subject)\(reason); pass the list, as in"
        + #" ArgumentList([ArgumentDefinition(name: "text", type: .string)])."#,
      reason: reason, field: argument)
  }

  package static func invalidPhase(
    _ phase: PlanPhase, of action: ActionName, reason: String
  ) -> PlanError {
    PlanError(
      .invalidPhase, "Phase \(phase.rawValue) cannot be added to action \(action): \(reason).",
      reason: reason, field: phase.rawValue, action: action)
  }

  package static func noResult(
    _ id: Plan.ID, of action: ActionName, status: PlanStatus, reason: String
  ) -> PlanError {
    PlanError(
      .noResult, "Plan \(id) has no result of \(action): \(reason).", reason: reason,
      action: action, plan: id, status: status)
  }
}

extension PlanError {
  package static func actionAlreadyExists(_ name: ActionName) -> PlanError {
    PlanError(
      .actionAlreadyExists, "Action \(name) exists already; update it or choose another name.",
      action: name)
  }

  package static func actionGivenTwice(_ name: ActionName) -> PlanError {
    PlanError(
      .actionAlreadyExists,
      "Action \(name) is given to the worker twice; give it one with all its closures.",
      action: name)
  }

  package static func actionDefinedTwice(_ name: ActionName) -> PlanError {
    PlanError(
      .actionAlreadyExists,
      "Action \(name) is defined twice and differently; register one of the definitions.",
      action: name)
  }

  package static func actionNotFound(_ name: ActionName) -> PlanError {
    PlanError(
      .actionNotFound, "There is no action \(name); create it or correct its name.", action: name)
  }

  package static func actionArchived(_ name: ActionName) -> PlanError {
    PlanError(
      .actionArchived, "Action \(name) is archived and accepts no new plans; use another action.",
      action: name)
  }

  package static func actionVersionConflict(
    _ name: ActionName, expected: Int, found: Int
  ) -> PlanError {
    PlanError(
      .actionVersionConflict,
      "Action \(name) is at version \(found), not \(expected); read it again before you repeat the"
        + " change.",
      action: name, expectedVersion: expected, foundVersion: found)
  }
}

extension PlanError {
  package static func planNotFound(_ id: Plan.ID) -> PlanError {
    PlanError(.planNotFound, "There is no plan \(id); check the id.", plan: id)
  }

  package static func versionConflict(_ id: Plan.ID, expected: Int, found: Int) -> PlanError {
    PlanError(
      .versionConflict,
      "Plan \(id) is at version \(found), not \(expected); read it again before you repeat the"
        + " command.",
      plan: id, expectedVersion: expected, foundVersion: found)
  }

  package static func idempotencyConflict(
    _ action: ActionName, key: Key, plan: Plan.ID
  ) -> PlanError {
    PlanError(
      .idempotencyConflict,
      "Key '\(key)' was used for plan \(plan) of \(action) with other arguments; use another key.",
      action: action, plan: plan, key: key)
  }

  package static func transitionNotAllowed(
    _ id: Plan.ID, command: CommandName, status: PlanStatus
  ) -> PlanError {
    PlanError(
      .transitionNotAllowed,
      "Plan \(id) is \(status), which does not allow \(command.rawValue); read it again and choose"
        + " an allowed command.",
      plan: id, status: status)
  }

  package static func leaseLost(_ id: Plan.ID, status: PlanStatus) -> PlanError {
    PlanError(
      .leaseLost, "The lease of plan \(id), now \(status), was lost; stop working on it.",
      plan: id, status: status)
  }

  package static func attemptTimedOut(_ id: Plan.ID, end: Timestamp) -> PlanError {
    PlanError(
      .attemptTimedOut,
      "The attempt of plan \(id) timed out at \(end), so its lease cannot be extended; stop working"
        + " on it.",
      plan: id)
  }

  package static func notDue(_ id: Plan.ID, readyAt: Timestamp) -> PlanError {
    PlanError(
      .notDue, "Plan \(id) is queued for \(readyAt); wait until then, or expedite it.", plan: id,
      readyAt: readyAt)
  }

  package static func awaitsSlot(_ id: Plan.ID) -> PlanError {
    PlanError(
      .awaitsSlot,
      "Plan \(id) holds no slot of its parent, or depends on a sibling; wait until other children"
        + " have ended.",
      plan: id)
  }

  package static func revertLimitReached(_ id: Plan.ID, limit: Int) -> PlanError {
    PlanError(
      .revertLimitReached,
      "Plan \(id) was reverted \(limit) times, the maximum; cancel it and use the action again.",
      limit: limit, plan: id)
  }

  package static func parentNotWaiting(_ id: Plan.ID, parent: Plan.ID) -> PlanError {
    PlanError(
      .parentNotWaiting,
      "Plan \(parent) no longer waits for its child \(id); retry or revert the parent.", plan: id)
  }
}

extension PlanError {
  package static func planCancelled(_ id: Plan.ID, status: PlanStatus) -> PlanError {
    PlanError(
      .planCancelled, "Plan \(id) is \(status) and has no result; its failure has the reason.",
      plan: id, status: status)
  }

  package static func planErrored(
    _ id: Plan.ID, status: PlanStatus, failure: Key?
  ) -> PlanError {
    let code = failure.map { " with the failure '\($0)'" } ?? ""
    return PlanError(
      .planErrored,
      "Plan \(id) is \(status)\(code) and has no result; read its failure, then retry or revert"
        + " it.",
      plan: id, key: failure, status: status)
  }

  package static func planConstrained(_ id: Plan.ID) -> PlanError {
    PlanError(
      .planConstrained,
      "Plan \(id) is \(PlanStatus.applyConstrained) and has no result; read its failure, then retry"
        + " or revert it.",
      plan: id, status: .applyConstrained)
  }

  package static func planPurged(_ id: Plan.ID) -> PlanError {
    PlanError(
      .planPurged,
      "Plan \(id) was purged before its result was read; keep ended plans for longer.", plan: id)
  }

  package static func approvalOverdue(_ id: Plan.ID, status: PlanStatus) -> PlanError {
    PlanError(
      .approvalOverdue,
      "Plan \(id) is \(status) and was not approved within the limit; advance it, cancel it or wait"
        + " longer.",
      plan: id, status: status)
  }
}

extension PlanError {
  package static var noChildren: PlanError {
    PlanError(.noChildren, "A spawn has no children; complete the phase instead.")
  }

  package static func tooManyChildren(count: Int, limit: Int) -> PlanError {
    PlanError(
      .tooManyChildren, "A spawn has \(count) children; spawn at most \(limit).", limit: limit)
  }

  package static func tooDeep(limit: Int) -> PlanError {
    PlanError(
      .tooDeep,
      "A child would be more than \(limit) levels below its root; spawn it nearer to the root.",
      limit: limit)
  }

  package static func duplicateSiblingKey(_ key: Key) -> PlanError {
    PlanError(
      .duplicateSiblingKey,
      "Key '\(key)' is used twice; give each child its own key and name each dependency once.",
      key: key)
  }

  package static func unknownSiblingKey(_ key: Key, in child: Key) -> PlanError {
    PlanError(
      .unknownSiblingKey,
      "Child '\(child)' depends on '\(key)', which is not the key of a sibling; correct it.",
      key: child)
  }

  package static func dependencyCycle(_ keys: [Key]) -> PlanError {
    let children = keys.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
    return PlanError(
      .dependencyCycle,
      "These children depend on each other in a cycle: \(children); remove a dependency.")
  }

  package static func invalidChild(key: Key, reason: PlanError) -> PlanError {
    PlanError(
      .invalidChild, "Child '\(key)' is refused: \(reason.description)", key: key,
      childError: reason)
  }
}

extension PlanError {
  package static func invalidPageLimit(_ count: Int) -> PlanError {
    PlanError(.invalidPageLimit, "A page cannot have \(count) rows; ask for 1 to 1000.")
  }

  package static var invalidCursor: PlanError {
    PlanError(
      .invalidCursor,
      "The cursor is not valid for this kind of query; pass the cursor of its previous page."
    )
  }

  package static func cursorExpired(resumeAt cursor: EventCursor) -> PlanError {
    PlanError(
      .cursorExpired,
      "Events after position \(cursor.position) may have been purged; read what you need from the"
        + " plans, and continue from \(cursor).",
      resumeAt: cursor)
  }

  /// The error for a cursor that the store cannot have given to its reader.
  package static func cursorUnknown(_ cursor: EventCursor) -> PlanError {
    PlanError(
      .cursorExpired,
      "The cursor \(cursor) is of another store, or of a later state of this one; read what you need"
        + " from the plans, and continue from \(EventCursor.start), the beginning of what is stored.",
      resumeAt: .start)
  }
}
