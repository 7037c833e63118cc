import Planwright

extension Action {
  /// What a list shows of the action, as JSON.
  var summary: JSONValue {
    [
      "name": .string(name.description), "version": .integer(Int64(version)),
      "state": .string(state.rawValue), "description": .string(definition.description.source),
      "updatedAt": .string(updatedAt.description),
    ]
  }

  /// The whole definition as JSON, with the keys of a plan file.
  var document: JSONValue {
    var members: [JSONObject.Member] = summary.objectValue.map { Array($0) } ?? []
    members += [
      ("definitionOfDone", .string(definition.definitionOfDone.source)),
      ("strategyActor", .string(definition.actors.strategy.description)),
      ("executionActor", .string(definition.actors.execution.description)),
      ("applyActor", .string(definition.actors.apply.description)),
      ("arguments", .array(definition.arguments.definitions.map(\.document))),
      ("invariants", .array(definition.invariants.map { .string($0) })),
      ("reusable", .bool(definition.reusable)), ("readOnly", .bool(definition.readOnly)),
      ("retry", ["attempts": .integer(Int64(definition.retry.attempts))]),
      ("tags", .array(definition.tags.map { .string($0.description) })),
    ]
    if let long = definition.longDescription { members.append(("longDescription", .string(long))) }
    return .object(members)
  }
}

extension ArgumentDefinition {
  fileprivate var document: JSONValue {
    var members: [JSONObject.Member] = [
      ("name", .string(name)), ("type", .string(type.rawValue)),
    ]
    switch requirement {
    case .required: members.append(("required", .bool(true)))
    case .optional(let preset): members.append(("default", preset ?? .null))
    }
    if !description.isEmpty { members.append(("description", .string(description))) }
    return .object(members)
  }
}
