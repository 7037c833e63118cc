import Planwright

/// Arguments as they stand on a command line: `name=value`.
struct GivenArguments: Sendable {
  /// The texts, in order.
  let pairs: [(name: String, text: String)]

  /// The values, as the action's definitions read the texts.
  ///
  /// Texts stay texts; everything else is read as JSON. Throws a sentence naming the argument.
  func values(for action: ActionDefinition) throws(UsageError) -> JSONObject {
    var members: [JSONObject.Member] = []
    for (name, text) in pairs {
      let type = action.arguments.definitions.first { $0.name == name }?.type ?? .string
      guard type != .string else {
        members.append((name, .string(text)))
        continue
      }
      guard let value = try? JSONValue(parsing: text) else {
        throw UsageError("--arg \(name): a value of type \(type.rawValue) was expected")
      }
      members.append((name, value))
    }
    do { return try JSONObject(members) } catch {
      throw UsageError("--arg: an argument is given twice")
    }
  }
}
