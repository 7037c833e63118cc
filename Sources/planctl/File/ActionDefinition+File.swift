import Planwright

extension ActionDefinition {
  /// Reads the definition of an action from a plan file.
  ///
  /// `stored` has the names in the store of the actors that have a program; nil for a file without
  /// programs, whose actors keep their names.
  init(_ field: Field, actors stored: [ActorName: ActorName]? = nil) throws(FieldError) {
    try field.checkKeys([
      "name", "description", "longDescription", "definitionOfDone", "strategyActor",
      "executionActor", "applyActor", "arguments", "invariants", "reusable", "readOnly",
      "automation", "retry", "tags",
    ])
    let nameField = try field.required("name")
    let nameText = try nameField.string()
    let name = try nameField.checked { () throws(PlanError) in try ActionName(nameText) }
    let arguments = try Self.arguments(field)
    let actors = try Self.actors(field, of: name, stored)
    let description = try field.required("description").string()
    let done = try field.required("definitionOfDone").string()
    let long = try field.optional("longDescription")?.string()
    let invariants = try field.optional("invariants")?.strings() ?? []
    let reusable = try field.optional("reusable")?.bool() ?? true
    let readOnly = try field.optional("readOnly")?.bool() ?? false
    let automation = try field.optional("automation").map(Self.automation) ?? .auto
    let retry = try field.optional("retry").map(Self.retry) ?? .standard
    let tags = try field.optional("tags")?.elements()
      .map { (tag) throws(FieldError) in try tag.shortText(TagRule.self) }
    self = try field.checked { () throws(PlanError) in
      try ActionDefinition(
        name: name, description: description, longDescription: long, definitionOfDone: done,
        actors: actors, arguments: arguments, invariants: invariants, reusable: reusable,
        readOnly: readOnly, automation: automation, retry: retry, tags: tags ?? [])
    }
  }

  private static func actors(
    _ field: Field, of action: ActionName, _ stored: [ActorName: ActorName]?
  ) throws(FieldError) -> Actors {
    let execution = try field.required("executionActor").shortText(ActorNameRule.self)
    let strategy = try field.required("strategyActor").shortText(ActorNameRule.self)
    let apply = try field.optional("applyActor")?.shortText(ActorNameRule.self)
    func name(_ actor: ActorName) throws(FieldError) -> ActorName {
      guard let stored else { return actor }
      guard let name = stored[actor] else {
        throw FieldError(
          document: field.document, path: "programs",
          reason: "missing program for the actor '\(actor)' of \(action)")
      }
      return name
    }
    return Actors(
      strategy: try name(strategy), execution: try name(execution),
      apply: try apply.map(name))
  }

  private static func arguments(_ field: Field) throws(FieldError) -> ArgumentList {
    guard let list = try field.optional("arguments") else { return .none }
    let definitions = try list.elements().map { (field) throws(FieldError) in
      try ArgumentDefinition(field)
    }
    return try list.checked { () throws(PlanError) in try ArgumentList(definitions) }
  }

  private static func automation(_ field: Field) throws(FieldError) -> Automation {
    let preset = try field.string()
    return try field.checked { () throws(PlanError) in try Automation(preset: preset) }
  }

  private static func retry(_ field: Field) throws(FieldError) -> RetryPolicy {
    try field.checkKeys(["attempts", "baseSeconds", "capSeconds"])
    let attempts = try field.required("attempts").integer()
    let base = try field.optional("baseSeconds")?.seconds() ?? .seconds(1)
    let cap = try field.optional("capSeconds")?.seconds() ?? .seconds(300)
    return try field.checked { () throws(PlanError) in
      try RetryPolicy(attempts: attempts, base: base, cap: cap)
    }
  }
}

extension ArgumentDefinition {
  /// Reads the definition of an argument from a plan file.
  init(_ field: Field) throws(FieldError) {
    try field.checkKeys([
      "name", "type", "required", "default", "minimum", "maximum", "pattern", "description",
    ])
    let typeField = try field.required("type")
    guard let type = ArgumentType(rawValue: try typeField.string()) else {
      throw typeField.error(
        "expected one of \(ArgumentType.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let name = try field.required("name").string()
    let preset = try field.optional("default")?.value
    let isRequired = try field.optional("required")?.bool() ?? (preset == nil)
    if isRequired, preset != nil {
      throw field.error("a required argument cannot have a default; remove one of the two")
    }
    let minimum = try field.optional("minimum")?.value
    let maximum = try field.optional("maximum")?.value
    let pattern = try field.optional("pattern")?.string()
    let description = try field.optional("description")?.string() ?? ""
    self = try field.checked { () throws(PlanError) in
      try ArgumentDefinition(
        name: name, type: type, requirement: isRequired ? .required : .optional(default: preset),
        minimum: minimum, maximum: maximum, pattern: pattern, description: description)
    }
  }
}

extension Field {
  /// The value as a short text; throws unless it is a string that follows the rule.
  func shortText<Rule>(_: Rule.Type) throws(FieldError) -> ShortText<Rule> {
    let text = try string()
    return try checked { () throws(PlanError) in try ShortText<Rule>(text) }
  }

  /// The value as a list of strings.
  func strings() throws(FieldError) -> [String] {
    try elements().map { (field) throws(FieldError) in try field.string() }
  }
}
