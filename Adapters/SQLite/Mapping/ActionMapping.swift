import PlanDomain
import PlanStorage

/// Binding and reading of actions, in the order of `Columns.action`.
extension StatementRun {
  /// Binds an action and removes it from the cache: every statement that writes one binds it here.
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
    bind(timeout: definition.attemptTimeout)
    bind(texts: definition.tags.map(\.description))
    bind(definition.createdBy)
    bind(action.state.rawValue)
    bind(action.version)
    bind(action.createdAt.microseconds)
    bind(action.updatedAt.microseconds)
  }

  /// Reads an action and its number from a row of a statement that selects actions.
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
    let timeout = try optionalTimeout("attempt_timeout")
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
        readOnly: readOnly, automation: automation, retry: retry, attemptTimeout: timeout,
        tags: tags, createdBy: createdBy)
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

/// Binding and reading of snapshots of actions (table `terms`), in the order of `Columns.snapshot`.
extension StatementRun {
  mutating func bind(snapshot: ActionSnapshot) {
    bind(snapshot.version)
    bind(snapshot.actors)
    bind(texts: snapshot.invariants)
    bind(snapshot.retry)
    bind(snapshot.readOnly)
    bind(timeout: snapshot.attemptTimeout)
  }

  mutating func snapshot() throws(StorageError) -> ActionSnapshot {
    guard let action = try? ActionName(text()) else { throw damage("name") }
    return ActionSnapshot(
      name: action, version: try count("action_version"), actors: try actors(),
      invariants: try texts("invariants"), retry: try retry("retry_attempts"), readOnly: bool(),
      attemptTimeout: try optionalTimeout("attempt_timeout"))
  }
}

extension JSONValue {
  /// Creates a list of objects from argument definitions; absent values have no member.
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

  /// The argument definitions of a stored list; nil when the value is invalid.
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
