package import PlanDomain

extension Action {
  /// The action as a JSON document with every field, for stores that keep text.
  package var portable: JSONValue {
    var members: [JSONObject.Member] = [
      ("name", .string(name.description)), ("description", .string(definition.description.source)),
      ("longDescription", JSONValue(definition.longDescription)),
      ("definitionOfDone", .string(definition.definitionOfDone.source)),
      ("actors", definition.actors.portable),
      ("arguments", .array(definition.arguments.definitions.map(\.portable))),
      ("invariants", .array(definition.invariants.map { .string($0) })),
      ("reusable", .bool(definition.reusable)), ("readOnly", .bool(definition.readOnly)),
      ("automation", definition.automation.portable), ("retry", definition.retry.portable),
      ("tags", .array(definition.tags.map { .string($0.description) })),
      ("createdBy", JSONValue(definition.createdBy)), ("state", .string(state.rawValue)),
      ("version", JSONValue(version)), ("createdAt", JSONValue(createdAt)),
      ("updatedAt", JSONValue(updatedAt)),
    ]
    if let timeout = definition.attemptTimeout {
      members.append(("attemptTimeout", JSONValue(timeout)))
    }
    return .members(members)
  }

  /// Creates an action from a document that `portable` returned.
  ///
  /// Throws `corrupt`, which names the invalid member.
  package init(portable value: JSONValue) throws(StorageError) {
    let reader = PortableReader(value, "action")
    let name = try reader.actionName("name")
    let (description, done) = (
      try reader.text("description"), try reader.text("definitionOfDone")
    )
    let arguments = try reader.list("arguments", ArgumentDefinition.init(portable:))
    let (actors, invariants) = (
      try reader.get("actors", Actors.init(portable:)),
      try reader.list("invariants", \.stringValue)
    )
    let (automation, retry) = (
      try reader.get("automation", Automation.init(portable:)),
      try reader.get("retry", RetryPolicy.init(portable:))
    )
    let tags = try reader.list("tags") { try $0.short(Action.Tag.self) }
    let (long, creator) = (
      try reader.maybe("longDescription", \.stringValue),
      try reader.maybe("createdBy", \.stringValue)
    )
    let (reusable, readOnly) = (try reader.bool("reusable"), try reader.bool("readOnly"))
    let timeout = try reader.optionalTimeout("attemptTimeout")
    guard
      let definition = try? ActionDefinition(
        name: name, description: description, longDescription: long, definitionOfDone: done,
        actors: actors, arguments: try ArgumentList(arguments), invariants: invariants,
        reusable: reusable, readOnly: readOnly, automation: automation, retry: retry,
        attemptTimeout: timeout, tags: tags, createdBy: creator)
    else { throw reader.wrong("arguments") }
    self.init(
      definition: definition,
      state: try reader.get("state") { $0.stringValue.flatMap(State.init(rawValue:)) },
      version: try reader.int("version"), createdAt: try reader.time("createdAt"),
      updatedAt: try reader.time("updatedAt"))
  }
}
