import Planwright

/// The arguments on a command line, as in `--arg name=value`.
struct GivenArguments: Sendable {
  /// The names and unparsed values, in the order of the command line.
  let pairs: [(name: String, text: String)]

  /// The values for the arguments of an action.
  ///
  /// A text for a string argument is the value itself; a text for another type is parsed as JSON.
  /// Throws a `UsageError` that names the argument.
  func values(for action: ActionDefinition) throws(UsageError) -> JSONObject {
    var members: [JSONObject.Member] = []
    for (name, text) in pairs {
      let type = action.arguments.definitions.first { $0.name == name }?.type ?? .string
      guard type != .string else {
        members.append((name, .string(text)))
        continue
      }
      do {
        members.append((name, try Field(parsing: Array(text.utf8), document: name).value))
      } catch {
        throw UsageError(
          "--arg \(name): expected a value of type \(type.rawValue), as JSON; \(error.reason)")
      }
    }
    do { return try JSONObject(members) } catch {
      throw UsageError("--arg: the same argument is given twice; remove one of them")
    }
  }
}
