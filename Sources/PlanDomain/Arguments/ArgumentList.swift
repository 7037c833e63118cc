/// The arguments of an action; names are unique.
public struct ArgumentList: Hashable, Sendable {
  /// The definitions, in the action's order.
  public let definitions: [ArgumentDefinition]

  /// An empty list.
  public static let none = ArgumentList(unchecked: [])

  /// Creates a list in this order.
  ///
  /// - Throws: ``PlanError/Code/invalidArgumentDefinition`` if a name is used twice.
  public init(_ definitions: [ArgumentDefinition]) throws(PlanError) {
    var names: Set<String> = []
    for definition in definitions where !names.insert(definition.name).inserted {
      throw .invalidArgumentDefinition(
        argument: definition.name, reason: "its name is used twice")
    }
    self.init(unchecked: definitions)
  }

  private init(unchecked definitions: [ArgumentDefinition]) { self.definitions = definitions }

  /// Whether the list defines an argument with this name.
  func contains(_ name: String) -> Bool { definitions.contains { $0.name == name } }

  /// Returns the arguments of a use in the order of the definitions, with defaults filled in.
  ///
  /// Throws `unknownArgument`, `missingArgument` or `invalidArgument`; no error contains a value.
  package func resolve(_ given: JSONObject) throws(PlanError) -> JSONObject {
    for member in given where !contains(member.key) {
      throw .unknownArgument(name: member.key.shortened())
    }
    var resolved: [JSONObject.Member] = []
    for definition in definitions {
      if let value = given[definition.name] {
        try definition.check(value)
        resolved.append((definition.name, value))
      } else {
        switch definition.requirement {
        case .required: throw .missingArgument(name: definition.name)
        case .optional(let value?): resolved.append((definition.name, value))
        case .optional(nil): break
        }
      }
    }
    return JSONObject(unchecked: resolved)
  }
}
