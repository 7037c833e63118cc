import PlanDomain
import TestTraits
import TestSupport
import Testing

@Suite("The errors of the domain", .dedicatedThread)
struct PlanErrorTests {
  static func everyCase() throws -> [PlanError] {
    let name = ActionName("a/b")
    let id = Plan.ID(ULID(high: 1, low: 2))
    let key = Key("k")
    return [
      .invalidID(reason: "r"), .invalidActionName(reason: "r"),
      .invalidText(field: "f", reason: "r"),
      .textTooLarge(field: "f", bytes: 2, limit: 1),
      .documentTooLarge(field: "f", bytes: 2, limit: 1),
      .invalidJSON(field: "f", offset: 3, reason: "r"), .notFinite,
      .invalidTemplate(field: "f", reason: "r"), .templateTooLarge(field: "f", bytes: 2, limit: 1),
      .renderedTextTooLarge(field: "f", limit: 1),
      .invalidArgumentDefinition(argument: "a", reason: "r"), .missingArgument(name: "a"),
      .unknownArgument(name: "a"), .invalidArgument(name: "a", reason: "r"),
      .outOfRange(field: "f", reason: "r"), .unknownAutomation(name: "n"),
      .actionAlreadyExists(name), .actionNotFound(name), .actionArchived(name),
      .actionVersionConflict(name, expected: 1, found: 2), .planNotFound(id),
      .versionConflict(id, expected: 1, found: 2), .idempotencyConflict(name, key: key, plan: id),
      .transitionNotAllowed(id, command: .retry, status: .applyApplied),
      .leaseLost(id, status: .applyQueued), .revertLimitReached(id, limit: 3),
      .parentNotWaiting(id, parent: id), .noChildren, .tooManyChildren(count: 2, limit: 1),
      .tooDeep(limit: 16), .duplicateSiblingKey(key), .unknownSiblingKey(key, in: key),
      .dependencyCycle([key, key]), .invalidChild(key: key, reason: .noChildren),
      .invalidPageLimit(0), .invalidCursor,
    ]
  }

  /// The codes that programs rely on: this list may grow, and nothing in it may change.
  static let codes = [
    "invalidID", "invalidActionName", "invalidText", "textTooLarge", "documentTooLarge",
    "invalidJSON", "notFinite", "invalidTemplate", "templateTooLarge", "renderedTextTooLarge",
    "invalidArgumentDefinition", "missingArgument", "unknownArgument", "invalidArgument",
    "outOfRange", "unknownAutomation", "actionAlreadyExists", "actionNotFound", "actionArchived",
    "actionVersionConflict", "planNotFound", "versionConflict", "idempotencyConflict",
    "transitionNotAllowed", "leaseLost", "revertLimitReached", "parentNotWaiting", "noChildren",
    "tooManyChildren", "tooDeep", "duplicateSiblingKey", "unknownSiblingKey", "dependencyCycle",
    "invalidChild", "invalidPageLimit", "invalidCursor",
  ]

  @Test("have stable codes and say in sentences what to do")
  func codesAndSentences() throws {
    let errors = try Self.everyCase()
    #expect(errors.map(\.code) == Self.codes)
    for error in errors {
      #expect(error.description.first?.isUppercase == true || error.description.hasPrefix("'"))
      #expect(error.description.hasSuffix("."), "\(error)")
    }
  }

  @Test("are of a category, a refused child's of that of its reason")
  func categories() throws {
    let words = try Self.everyCase().reduce(into: [PlanError.Category: Set<String>]()) {
      $0[$1.category, default: []].insert($1.code)
    }
    #expect(words[.notFound] == ["actionNotFound", "planNotFound"])
    #expect(
      words[.conflict] == [
        "actionAlreadyExists", "actionVersionConflict", "versionConflict", "idempotencyConflict",
        "leaseLost",
      ])
    #expect(
      words[.refused] == [
        "actionArchived", "transitionNotAllowed", "revertLimitReached", "parentNotWaiting",
        "tooDeep",
      ])
    #expect(words[.invalid]?.count == Self.codes.count - 12)
    let missing = PlanError.invalidChild(key: "k", reason: .actionNotFound("a/b"))
    #expect(missing.category == .notFound)
  }

  @Test("refuse an action definition that breaks a limit")
  func definitions() throws {
    let actor = ActorName("a")
    func define(
      long: String? = nil, done: String = "x", invariants: [String] = [], by: String? = nil
    ) throws -> ActionDefinition {
      try ActionDefinition(
        name: ActionName("a"), description: "d", longDescription: long, definitionOfDone: done,
        actors: Actors(strategy: actor, execution: actor), arguments: .none,
        invariants: invariants, createdBy: by)
    }
    let long = String(repeating: "x", count: PlanLimits.textBytes + 1)
    #expect(errorCode { try define(long: long) } == "textTooLarge")
    #expect(errorCode { try define(done: "{nothing}") } == "invalidTemplate")
    #expect(errorCode { try define(invariants: ["fine", ""]) } == "invalidText")
    #expect(errorCode { try define(by: long) } == "textTooLarge")
    #expect(errorCode { try define(by: "") } == "invalidText")
    #expect(try define(long: "", invariants: ["x"], by: "me").createdBy == "me")
    #expect(
      errorCode {
        try Plan.Failure(code: Key("c"), message: long, isRetryable: true)
      } == "textTooLarge")
    #expect(
      errorCode {
        try Plan.Checkpoint(step: Key("s"), data: .string(String(repeating: "x", count: 17 << 20)))
      } == "documentTooLarge")
  }
}
