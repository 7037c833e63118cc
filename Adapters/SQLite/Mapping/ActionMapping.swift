import PlanDomain
import PlanStorage

/// Actions: `Columns.action`, in their order.
extension Query {
  /// Every statement that writes an action binds it here, so the cache learns of each write here.
  mutating func bind(action: Action) {
    connection.cache.decodedActions.noteWrite(of: action.name)
    let definition = action.definition
    bind(definition.description.source)
    bind(definition.longDescription)
    bind(definition.definitionOfDone.source)
    bind(definition.actors)
    bind(JSONValue(arguments: definition.arguments).serialized())
    bind(texts: definition.invariants)
    bind(definition.reusable)
    bind(definition.readOnly)
    bind(definition.automation)
    bind(definition.retry)
    bind(texts: definition.tags.map(\.description))
    bind(definition.createdBy)
    bind(action.state.rawValue)
    bind(action.version)
    bind(action.createdAt.microseconds)
    bind(action.updatedAt.microseconds)
  }

  /// An action and its number, as the statements that read actions give it.
  mutating func action() throws(StorageError) -> (number: Int64, action: Action) {
    let number = integer()
    guard let name = try? ActionName(text()) else { throw damage("name") }
    let (description, long, done) = (text(), optionalText(), text())
    let actors = try actors()
    let arguments = try document("arguments").arguments
    let invariants = try texts("invariants")
    let (reusable, readOnly) = (bool(), bool())
    let automation = try automation()
    let retry = try retry("retry_attempts")
    var tags: [Action.Tag] = []
    for text in try texts("tags") {
      guard let tag = try? Action.Tag(text) else { throw damage("tags") }
      tags.append(tag)
    }
    let createdBy = optionalText()
    guard let arguments,
      let definition = try? ActionDefinition(
        name: name, description: description, longDescription: long, definitionOfDone: done,
        actors: actors, arguments: arguments, invariants: invariants, reusable: reusable,
        readOnly: readOnly, automation: automation, retry: retry, tags: tags,
        createdBy: createdBy)
    else { throw damage("arguments") }
    guard let state = Action.State(rawValue: text()) else { throw damage("state") }
    return (
      number,
      Action(
        definition: definition, state: state, version: try count("version"), createdAt: time(),
        updatedAt: time())
    )
  }
}

/// Terms: `Columns.snapshot`, in their order.
extension Query {
  mutating func bind(snapshot: ActionSnapshot) {
    bind(snapshot.version)
    bind(snapshot.actors)
    bind(texts: snapshot.invariants)
    bind(snapshot.retry)
    bind(snapshot.readOnly)
  }

  mutating func snapshot() throws(StorageError) -> ActionSnapshot {
    guard let action = try? ActionName(text()) else { throw damage("name") }
    return ActionSnapshot(
      name: action, version: try count("action_version"), actors: try actors(),
      invariants: try texts("invariants"), retry: try retry("retry_attempts"), readOnly: bool())
  }
}

extension JSONValue {
  /// Argument definitions as a list of objects; what is not there has no member.
  fileprivate init(arguments: ArgumentList) {
    self = .array(
      arguments.definitions.map { argument in
        var members: [JSONObject.Member] = [
          ("name", .string(argument.name)), ("type", .string(argument.type.rawValue)),
          ("description", .string(argument.description)),
        ]
        switch argument.requirement {
        case .required: members.append(("required", true))
        case .optional(let value?): members.append(("default", value))
        case .optional(nil): break
        }
        if let minimum = argument.minimum { members.append(("minimum", minimum)) }
        if let maximum = argument.maximum { members.append(("maximum", maximum)) }
        if let pattern = argument.pattern { members.append(("pattern", .string(pattern))) }
        return (try? .object(JSONObject(members))) ?? .null
      })
  }

  /// The argument definitions, if they are such.
  fileprivate var arguments: ArgumentList? {
    guard let elements = arrayValue else { return nil }
    let definitions = elements.compactMap { element -> ArgumentDefinition? in
      guard let name = element["name"]?.stringValue,
        let type = element["type"]?.stringValue.flatMap(ArgumentType.init(rawValue:)),
        let description = element["description"]?.stringValue
      else { return nil }
      return try? ArgumentDefinition.stored(
        name: name, type: type,
        requirement: element["required"] == true
          ? .required : .optional(default: element["default"]),
        minimum: element["minimum"], maximum: element["maximum"],
        pattern: element["pattern"]?.stringValue, description: description)
    }
    return definitions.count == elements.count ? try? ArgumentList(definitions) : nil
  }
}
