import PlanDomain
import TestTraits
import TestSupport
import Testing

@Suite("The errors of the domain", .dedicatedThread)
struct PlanErrorTests {
  /// An error of each code, with its text: the list may grow, and no code in it may change.
  static func examples() -> [(error: PlanError, code: String, text: String)] {
    let name: ActionName = "a/b"
    let (id, parent) = (Plan.ID(ULID(high: 1, low: 2)), Plan.ID(ULID(high: 1, low: 1)))
    let key: Key = "k"
    return [
      (
        .invalidID(reason: "it is wrong"), "invalidID",
        "The id is invalid: it is wrong; pass the 26 characters of a ULID."
      ),
      (
        .invalidActionName(reason: "it is wrong"), "invalidActionName",
        "The action name is invalid: it is wrong; write it as namespace/name."
      ),
      (
        .invalidText(field: "f", reason: "it is wrong"), "invalidText",
        "The text of 'f' is invalid: it is wrong."
      ),
      (
        .textTooLarge(field: "f", bytes: 2, limit: 1), "textTooLarge",
        "The text of 'f' has 2 bytes; shorten it to at most 1."
      ),
      (
        .documentTooLarge(field: "f", bytes: 2, limit: 1), "documentTooLarge",
        "The document 'f' has 2 bytes; reduce it to at most 1."
      ),
      (
        .invalidJSON(field: "f", offset: 3, reason: "it is wrong"), "invalidJSON",
        "'f' is not a JSON document that can be stored: at byte 3, it is wrong; correct it."
      ),
      (
        .notFinite, "notFinite",
        "A number of a JSON document is infinite or NaN; use a finite one or null."
      ),
      (
        .invalidTemplate(field: "f", reason: "it is wrong"), "invalidTemplate",
        "The template 'f' is invalid: it is wrong."
      ),
      (
        .templateTooLarge(field: "f", bytes: 2, limit: 1), "templateTooLarge",
        "The template 'f' has 2 bytes; shorten it to at most 1."
      ),
      (
        .renderedTextTooLarge(field: "f", limit: 1), "renderedTextTooLarge",
        "The rendered text of 'f' has more than 1 bytes; pass shorter arguments."
      ),
      (
        .invalidArgumentDefinition(argument: "x", reason: "it is wrong"),
        "invalidArgumentDefinition",
        "Argument 'x' is invalid: it is wrong; correct its definition."
      ),
      (
        .missingArgument(name: "x"), "missingArgument",
        "Argument 'x' is missing; pass a value for it."
      ),
      (
        .unknownArgument(name: "x"), "unknownArgument",
        "There is no argument 'x'; leave it out or correct its name."
      ),
      (
        .invalidArgument(name: "x", reason: "must be so"), "invalidArgument",
        "The value of argument 'x' is invalid: it must be so."
      ),
      (
        .outOfRange(field: "f", reason: "must be so"), "outOfRange",
        "'f' is out of range: it must be so."
      ),
      (
        .unknownAutomation(name: "n"), "unknownAutomation",
        "There is no automation 'n'; choose manual, review or auto."
      ),
      (
        .notEncodable("f.a[3]", reason: "it is wrong"), "notEncodable",
        "'f.a[3]' cannot be stored: it is wrong; correct the value or its type."
      ),
      (
        .notDecodable("f.a[3]", reason: "it is wrong"), "notDecodable",
        "'f.a[3]' cannot be decoded: it is wrong; correct the document or the type."
      ),
      (
        .argumentsNotDerivable("T", argument: "x", reason: "it is wrong"), "argumentsNotDerivable",
        "The argument list of T cannot be derived: argument 'x': it is wrong; pass the list, as in"
          + #" ArgumentList([ArgumentDefinition(name: "text", type: .string)])."#
      ),
      (
        .invalidPhase(.apply, of: name, reason: "it is wrong"), "invalidPhase",
        "Phase apply cannot be added to action a/b: it is wrong."
      ),
      (
        .noResult(id, of: name, status: .applyErrored, reason: "it is wrong"), "noResult",
        "Plan \(id) has no result of a/b: it is wrong."
      ),
      (
        .actionAlreadyExists(name), "actionAlreadyExists",
        "Action a/b exists already; update it or choose another name."
      ),
      (
        .actionNotFound(name), "actionNotFound",
        "There is no action a/b; create it or correct its name."
      ),
      (
        .actionArchived(name), "actionArchived",
        "Action a/b is archived and accepts no new plans; use another action."
      ),
      (
        .actionVersionConflict(name, expected: 1, found: 2), "actionVersionConflict",
        "Action a/b is at version 2, not 1; read it again before you repeat the change."
      ),
      (.planNotFound(id), "planNotFound", "There is no plan \(id); check the id."),
      (
        .versionConflict(id, expected: 1, found: 2), "versionConflict",
        "Plan \(id) is at version 2, not 1; read it again before you repeat the command."
      ),
      (
        .idempotencyConflict(name, key: key, plan: id), "idempotencyConflict",
        "Key 'k' was used for plan \(id) of a/b with other arguments; use another key."
      ),
      (
        .transitionNotAllowed(id, command: .retry, status: .applyApplied), "transitionNotAllowed",
        "Plan \(id) is apply/applied, which does not allow retry; read it again and choose"
          + " an allowed command."
      ),
      (
        .leaseLost(id, status: .applyQueued), "leaseLost",
        "The lease of plan \(id), now apply/queued, was lost; stop working on it."
      ),
      (
        .attemptTimedOut(id, end: Timestamp(microseconds: 0)), "attemptTimedOut",
        "The attempt of plan \(id) timed out at \(Timestamp(microseconds: 0)), so its lease cannot"
          + " be extended; stop working on it."
      ),
      (
        .notDue(id, readyAt: Timestamp(microseconds: 0)), "notDue",
        "Plan \(id) is queued for \(Timestamp(microseconds: 0)); wait until then, or expedite it."
      ),
      (
        .awaitsSlot(id), "awaitsSlot",
        "Plan \(id) holds no slot of its parent, or depends on a sibling; wait until other children"
          + " have ended."
      ),
      (
        .revertLimitReached(id, limit: 3), "revertLimitReached",
        "Plan \(id) was reverted 3 times, the maximum; cancel it and use the action again."
      ),
      (
        .parentNotWaiting(id, parent: parent), "parentNotWaiting",
        "Plan \(parent) no longer waits for its child \(id); retry or revert the parent."
      ),
      (
        .planCancelled(id, status: .executeCancelled), "planCancelled",
        "Plan \(id) is execute/cancelled and has no result; its failure has the reason."
      ),
      (
        .planErrored(id, status: .applyErrored, failure: key), "planErrored",
        "Plan \(id) is apply/errored with the failure 'k' and has no result; read its failure, then"
          + " retry or revert it."
      ),
      (
        .planConstrained(id), "planConstrained",
        "Plan \(id) is apply/constrained and has no result; read its failure, then retry or revert"
          + " it."
      ),
      (
        .planPurged(id), "planPurged",
        "Plan \(id) was purged before its result was read; keep ended plans for longer."
      ),
      (
        .approvalOverdue(id, status: .executeComplete), "approvalOverdue",
        "Plan \(id) is execute/complete and was not approved within the limit; advance it, cancel"
          + " it or wait longer."
      ),
      (.noChildren, "noChildren", "A spawn has no children; complete the phase instead."),
      (
        .tooManyChildren(count: 2, limit: 1), "tooManyChildren",
        "A spawn has 2 children; spawn at most 1."
      ),
      (
        .tooDeep(limit: 16), "tooDeep",
        "A child would be more than 16 levels below its root; spawn it nearer to the root."
      ),
      (
        .duplicateSiblingKey(key), "duplicateSiblingKey",
        "Key 'k' is used twice; give each child its own key and name each dependency once."
      ),
      (
        .unknownSiblingKey("x", in: key), "unknownSiblingKey",
        "Child 'k' depends on 'x', which is not the key of a sibling; correct it."
      ),
      (
        .dependencyCycle([key, "x"]), "dependencyCycle",
        "These children depend on each other in a cycle: 'k', 'x'; remove a dependency."
      ),
      (
        .invalidChild(key: key, reason: .noChildren), "invalidChild",
        "Child 'k' is refused: A spawn has no children; complete the phase instead."
      ),
      (
        .invalidPageLimit(0), "invalidPageLimit",
        "A page cannot have 0 rows; ask for 1 to 1000."
      ),
      (
        .invalidCursor, "invalidCursor",
        "The cursor is not valid for this kind of query; pass the cursor of its previous page."
      ),
      (
        .cursorExpired(resumeAt: EventCursor(position: 5, purges: 2)), "cursorExpired",
        "Events after position 5 may have been purged; read what you need from the plans, and"
          + " continue from e-5-2."
      ),
    ]
  }

  @Test("have a stable code each, and a text of one sentence")
  func codesAndTexts() {
    let examples = Self.examples()
    for (error, code, text) in examples {
      #expect(error.code.rawValue == code)
      #expect(error.description == text)
    }
    #expect(examples.map(\.error.code) == PlanError.Code.allCases)
    #expect(Set(examples.map(\.code)).count == examples.count)
  }

  @Test("are caught by their codes, and by no other one's")
  func caught() {
    for (error, _, _) in Self.examples() {
      let matches = PlanError.Code.allCases.filter { $0 ~= error }
      #expect(matches == [error.code])
    }
    struct Other: Error {}
    #expect(!(PlanError.Code.noChildren ~= Other()))
  }

  @Test("are of a category, a refused child's of that of its reason")
  func categories() {
    let codes = PlanError.Code.allCases.reduce(into: [PlanError.Category: Set<String>]()) {
      $0[$1.category, default: []].insert($1.rawValue)
    }
    #expect(codes.count == 4)
    #expect(codes[.notFound] == ["actionNotFound", "planNotFound", "planPurged"])
    #expect(
      codes[.conflict] == [
        "actionAlreadyExists", "actionVersionConflict", "versionConflict", "idempotencyConflict",
        "leaseLost", "cursorExpired",
      ])
    #expect(
      codes[.refused] == [
        "actionArchived", "transitionNotAllowed", "notDue", "awaitsSlot", "revertLimitReached",
        "parentNotWaiting", "tooDeep", "planCancelled", "planErrored", "planConstrained",
        "approvalOverdue", "attemptTimedOut", "noResult",
      ])
    #expect(codes[.invalid]?.count == PlanError.Code.allCases.count - 22)
    let missing = PlanError.invalidChild(key: "k", reason: .actionNotFound("a/b"))
    #expect(missing.category == .notFound && missing.code.category == .invalid)
    #expect(missing.childError == .actionNotFound("a/b") && missing.childError?.action == "a/b")
  }

  @Test("hand programs what they are about")
  func payload() {
    let id = Plan.ID(ULID(high: 1, low: 2))
    let conflict = PlanError.versionConflict(id, expected: 1, found: 2)
    #expect(conflict.plan == id)
    #expect(conflict.expectedVersion == 1 && conflict.foundVersion == 2)
    #expect(PlanError.leaseLost(id, status: .applyQueued).status == .applyQueued)
    let time = Timestamp(microseconds: 7)
    #expect(PlanError.notDue(id, readyAt: time).readyAt == time)
    let cursor = EventCursor(position: 5, purges: 2)
    #expect(PlanError.cursorExpired(resumeAt: cursor).resumeAt == cursor)
    let unknown = PlanError.cursorUnknown(cursor)
    #expect(
      unknown.resumeAt == .start && unknown.description.contains("cursor e-5-2 is of another store")
    )
    let json = PlanError.invalidJSON(field: "f", offset: 3, reason: "it is wrong")
    #expect(json.field == "f" && json.offset == 3 && json.reason == "it is wrong")
    #expect(PlanError.textTooLarge(field: "f", bytes: 2, limit: 1).limit == 1)
    let used = PlanError.idempotencyConflict("a/b", key: "k", plan: id)
    #expect(used.action == "a/b" && used.key == "k" && used.plan == id)
    let errored = PlanError.planErrored(id, status: .applyErrored, failure: "k")
    #expect(errored.plan == id && errored.key == "k" && errored.status == .applyErrored)
    #expect(conflict != .versionConflict(id, expected: 1, found: 3))
  }

  @Test("refuse an action definition that breaks a limit")
  func definitions() throws {
    let actor = ActorName("a")
    func define(
      long: String? = nil, done: String = "x", invariants: [String] = [],
      timeout: Duration? = nil, by: String? = nil
    ) throws -> ActionDefinition {
      try ActionDefinition(
        name: ActionName("a"), description: "d", longDescription: long, definitionOfDone: done,
        actors: Actors(strategy: actor, execution: actor), arguments: .none,
        invariants: invariants, attemptTimeout: timeout, createdBy: by)
    }
    let long = String(repeating: "x", count: PlanLimits.textBytes + 1)
    #expect(errorCode { try define(long: long) } == "textTooLarge")
    #expect(errorCode { try define(done: "{nothing}") } == "invalidTemplate")
    #expect(errorCode { try define(invariants: ["fine", ""]) } == "invalidText")
    #expect(errorCode { try define(by: long) } == "textTooLarge")
    #expect(errorCode { try define(by: "") } == "invalidText")
    for timeout in [Duration.microseconds(999), .zero, .seconds(7 * 86_400) + .microseconds(1)] {
      #expect(errorCode { try define(timeout: timeout) } == "outOfRange")
    }
    for timeout in [nil, .milliseconds(1), .seconds(7 * 86_400)] as [Duration?] {
      #expect(try define(timeout: timeout).attemptTimeout == timeout)
    }
    let fraction = Duration.milliseconds(2) + .nanoseconds(1_500)
    #expect(try define(timeout: fraction).attemptTimeout == .microseconds(2_001))
    #expect(try define(long: "", invariants: ["x"], by: "me").createdBy == "me")
    #expect(
      errorCode {
        try Plan.Failure(code: Key("c"), message: long, isRetryable: true)
      } == "textTooLarge")
    for delay in [Duration.microseconds(-1), .seconds(7 * 86_400) + .microseconds(1)] {
      #expect(
        errorCode {
          try Plan.Failure(code: "c", message: "m", isRetryable: true, retryAfter: delay)
        } == "outOfRange")
    }
    #expect(
      errorCode {
        try Plan.Checkpoint(step: Key("s"), data: .string(String(repeating: "x", count: 17 << 20)))
      } == "documentTooLarge")
  }
}
