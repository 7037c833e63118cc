package import PlanDomain

extension Plan {
  /// The plan as a JSON document with every field, for stores that keep text.
  package var portable: JSONValue {
    ["definition": definition.portable, "progress": progress.portable]
  }

  /// Creates a plan from a document that `portable` returned.
  ///
  /// Throws `corrupt`, which names the invalid member.
  package init(portable value: JSONValue) throws(StorageError) {
    let reader = PortableReader(value, "plan")
    guard let definition = reader.part("definition") else { throw reader.wrong("definition") }
    self.init(
      definition: try PlanDefinition(definition),
      progress: try PlanProgress(portable: reader.required("progress")))
  }
}

extension PlanDefinition {
  /// The part of a plan that never changes as a JSON document with every field.
  package var portable: JSONValue {
    var members: [JSONObject.Member] = [
      ("id", .string("\(id)")), ("terms", action.portable), ("description", .string(description)),
      ("definitionOfDone", .string(definitionOfDone)), ("arguments", .object(arguments)),
      ("projects", .array(projects.map(\.portable))), ("automation", automation.portable),
      ("idempotencyKey", JSONValue(idempotencyKey?.description)),
      ("createdBy", JSONValue(createdBy)), ("createdAt", JSONValue(createdAt)),
    ]
    if let defaultedArguments {
      let names = JSONValue.array(defaultedArguments.map { .string($0) })
      members.append(("defaultedArguments", names))
    }
    if let position { members.append(("place", position.portable)) }
    if !labels.isEmpty {
      let texts = labels.map { ($0.key.description, $0.value.description) }
      members.append(("labels", JSONValue(texts: texts)))
    }
    if !context.isEmpty {
      members.append(("context", JSONValue(texts: context.map { ($0.key, $0.value) })))
    }
    if let notBefore { members.append(("notBefore", JSONValue(notBefore))) }
    return .members(members)
  }

  /// Creates the fixed part of a plan from a document that `portable` returned.
  ///
  /// Throws `corrupt`, which names the invalid member.
  package convenience init(portable value: JSONValue) throws(StorageError) {
    try self.init(PortableReader(value, "plan.definition"))
  }

  fileprivate convenience init(_ reader: PortableReader) throws(StorageError) {
    guard let action = reader.part("terms") else { throw reader.wrong("terms") }
    let isDefaultedKnown = reader.optional("defaultedArguments") != nil
    var position: ChildPosition?
    if let part = reader.part("place") { position = try ChildPosition(part) }
    self.init(
      id: try reader.planID("id"), action: try ActionSnapshot(action),
      description: try reader.text("description"),
      definitionOfDone: try reader.text("definitionOfDone"),
      arguments: try reader.get("arguments", \.objectValue),
      defaultedArguments: isDefaultedKnown
        ? try reader.list("defaultedArguments", \.stringValue) : nil,
      projects: try reader.list("projects", ProjectUse.init(portable:)),
      automation: try reader.get("automation", Automation.init(portable:)),
      idempotencyKey: try reader.optionalShort("idempotencyKey"),
      labels: try reader.labels("labels"), context: try reader.texts("context"),
      notBefore: try reader.maybe("notBefore", Timestamp.init(portable:)),
      createdBy: try reader.maybe("createdBy", \.stringValue),
      createdAt: try reader.time("createdAt"), position: position)
  }
}

extension ActionSnapshot {
  fileprivate var portable: JSONValue {
    var members: [JSONObject.Member] = [
      ("action", .string(name.description)), ("version", JSONValue(version)),
      ("actors", actors.portable), ("invariants", .array(invariants.map { .string($0) })),
      ("retry", retry.portable), ("readOnly", .bool(readOnly)),
    ]
    if let attemptTimeout { members.append(("attemptTimeout", JSONValue(attemptTimeout))) }
    return .members(members)
  }

  fileprivate convenience init(_ reader: PortableReader) throws(StorageError) {
    self.init(
      name: try reader.actionName("action"), version: try reader.int("version"),
      actors: try reader.get("actors", Actors.init(portable:)),
      invariants: try reader.list("invariants", \.stringValue),
      retry: try reader.get("retry", RetryPolicy.init(portable:)),
      readOnly: try reader.bool("readOnly"),
      attemptTimeout: try reader.optionalTimeout("attemptTimeout"))
  }
}

extension ChildPosition {
  fileprivate var portable: JSONValue {
    [
      "parent": .string("\(parent)"), "root": .string("\(root)"), "depth": JSONValue(depth),
      "round": JSONValue(round), "index": JSONValue(index), "key": .string(key.description),
      "dependsOn": .array(dependsOn.map { .string($0.description) }),
    ]
  }

  fileprivate convenience init(_ reader: PortableReader) throws(StorageError) {
    self.init(
      parent: try reader.planID("parent"), root: try reader.planID("root"),
      depth: try reader.int("depth"), round: try reader.int("round"),
      index: try reader.int("index"), key: try reader.short("key"),
      dependsOn: try reader.list("dependsOn") { try $0.short(Key.self) })
  }
}
